"""Changes of products that have passed review: what vendors want to change, and what was decided (MOD-3, MOD-4)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import Status, Tone
from models.base import Base, HasId, HasVersion, check, enum_column, foreign_key
from models.product import Product, RejectionReason
from models.user import User


class ChangeRequestStatus(Status):
    """Life of a change request (B12). It is superseded when its product no longer is what had passed review."""

    PENDING = (
        "pending",
        "Pending review",
        Tone.WARNING,
        {"confirmed": "AS", "declined": "A", "changes_requested": "A", "cancelled": "V", "superseded": "S"},
    )
    CHANGES_REQUESTED = (
        "changes_requested",
        "Changes requested",
        Tone.INFO,
        {"pending": "V", "cancelled": "V", "superseded": "S"},
    )
    CONFIRMED = "confirmed", "Approved", Tone.SUCCESS
    DECLINED = "declined", "Rejected", Tone.DANGER
    CANCELLED = "cancelled", "Withdrawn", Tone.NEUTRAL
    SUPERSEDED = "superseded", "Superseded", Tone.NEUTRAL


#: Of these a product has one at most (MOD-4).
OPEN = frozenset({ChangeRequestStatus.PENDING, ChangeRequestStatus.CHANGES_REQUESTED})
_OPEN = "status IN ('pending', 'changes_requested')"


class ProductChangeRequest(HasId, HasVersion, Base):
    """What a vendor wants to change of a product that has passed review; the product stays as it is until then.

    `proposed` holds the new values by attribute and `former` what they would replace. While it is open, a trigger
    keeps `content_version` that of the product, so that a moderator who saw an older product is told (MOD-1).
    """

    __tablename__ = "product_change_requests"
    __table_args__ = (
        check("proposes_something", "proposed <> '{}'::jsonb"),
        check(
            "refused_has_reason", "status NOT IN ('declined', 'changes_requested') OR num_nulls(reason, message) = 0"
        ),
        check("decided_has_time", "status NOT IN ('confirmed', 'declined') OR decided_at IS NOT NULL"),
        sa.Index("uq_product_change_requests_open", "product_id", unique=True, postgresql_where=sa.text(_OPEN)),
        sa.Index("ix_product_change_requests_created_at_id", "created_at", "id"),
        sa.Index("ix_product_change_requests_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_product_change_requests_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_product_change_requests_product_id_created_at_id", "product_id", "created_at", "id"),
    )

    product_id: Mapped[uuid.UUID] = foreign_key("products.id", index=False)
    #: Copied from the product for row scope.
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    content_version: Mapped[int]
    proposed: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True))
    former: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True))
    status: Mapped[ChangeRequestStatus] = enum_column(ChangeRequestStatus, default=ChangeRequestStatus.PENDING)
    #: Whether it took the product off the shop, which its end takes back (MOD-3).
    unpublished: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    decided_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[RejectionReason | None] = enum_column(RejectionReason, nullable=True)
    #: What the vendor is told with a refusal.
    message: Mapped[str | None]

    product: Mapped[Product] = relationship(lazy="raise")
    vendor: Mapped[User] = relationship(foreign_keys=[vendor_id], lazy="raise")

    def __str__(self) -> str:
        return f"Change of {self.product_id}"
