"""Disputes about orders, and the messages in them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.order import Order
from models.user import User


class DisputeType(LabelledEnum):
    """What the customer complains about."""

    REFUND = "refund"
    QUALITY_ISSUE = "quality_issue", "Quality issue"
    SHIPPING_ISSUE = "shipping_issue", "Shipping issue"
    FRAUD = "fraud"
    OTHER = "other"


class DisputeStatus(Status):
    """Life of a dispute (B12, DSP-1)."""

    OPEN = "open", "Open", Tone.WARNING, {"in_review": "A", "closed": "AS"}
    IN_REVIEW = "in_review", "In review", Tone.INFO, {"open": "A", "resolved": "A"}
    RESOLVED = "resolved", "Resolved", Tone.SUCCESS, {"closed": "SA", "in_review": "AS"}
    CLOSED = "closed", "Closed", Tone.NEUTRAL


class DisputePriority(LabelledEnum):
    """How soon it must be looked at (DSP-5)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


#: The due time of a dispute whose clock does not run: decided, or waiting for somebody else.
NEVER = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


class DisputeOutcome(LabelledEnum):
    """What was decided (DSP-1)."""

    REFUND_FULL = "refund_full", "Refund in full"
    REFUND_PARTIAL = "refund_partial", "Partial refund"
    REPLACE = "replace", "Replacement"
    REJECT = "reject", "Rejected"
    WITHDRAWN = "withdrawn"


class Dispute(HasId, HasVersion, Base):
    """ERD `DISPUTES`. Amounts are in `currency`, that of the order."""

    __tablename__ = "disputes"
    __table_args__ = (
        check("amounts_not_negative", "least(requested_refund_amount, approved_refund_amount) >= 0"),
        check("review_has_assignee", "status <> 'in_review' OR assigned_to IS NOT NULL"),
        check(
            "resolved_has_outcome",
            "status <> 'resolved' OR num_nulls(outcome, resolution_notes, resolved_at) = 0",
        ),
        check(
            "refund_outcome_has_amount",
            "outcome IS NULL OR outcome NOT IN ('refund_full', 'refund_partial') OR approved_refund_amount > 0",
        ),
        # At most one running dispute an order and type (DSP-3).
        sa.Index(
            "uq_disputes_running",
            "order_id",
            "type",
            unique=True,
            postgresql_where=sa.text("status IN ('open', 'in_review')"),
        ),
        sa.Index("ix_disputes_created_at_id", "created_at", "id"),
        sa.Index("ix_disputes_priority_created_at_id", "priority", "created_at", "id"),
        sa.Index("ix_disputes_type_created_at_id", "type", "created_at", "id"),
        sa.Index("ix_disputes_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_disputes_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_disputes_order_id_status", "order_id", "status"),
        sa.Index("ix_disputes_due_at_id", "due_at", "id"),
    )

    order_id: Mapped[uuid.UUID] = foreign_key("orders.id", index=False)
    customer_id: Mapped[uuid.UUID] = foreign_key("users.id")
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    type: Mapped[DisputeType] = enum_column(DisputeType)
    status: Mapped[DisputeStatus] = enum_column(DisputeStatus, default=DisputeStatus.OPEN)
    priority: Mapped[DisputePriority] = enum_column(DisputePriority, default=DisputePriority.MEDIUM)
    description: Mapped[str] = mapped_column(info=PII)
    resolution_notes: Mapped[str | None]
    requested_refund_amount: Mapped[Decimal | None]
    approved_refund_amount: Mapped[Decimal | None]
    currency: Mapped[Currency]
    assigned_to: Mapped[uuid.UUID | None] = foreign_key("users.id")
    outcome: Mapped[DisputeOutcome | None] = enum_column(DisputeOutcome, nullable=True)
    opened_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    resolved_at: Mapped[dt.datetime | None]
    #: Written by `services.sla.keep`, for lists: when the next target is missed, and when 80 % of its time are over.
    due_at: Mapped[dt.datetime] = mapped_column(default=NEVER, server_default=sa.text("'9999-12-31 00:00+00'"))
    due_soon_at: Mapped[dt.datetime] = mapped_column(default=NEVER, server_default=sa.text("'9999-12-31 00:00+00'"))

    order: Mapped[Order] = relationship(lazy="raise")
    customer: Mapped[User] = relationship(foreign_keys=[customer_id], lazy="raise")
    vendor: Mapped[User] = relationship(foreign_keys=[vendor_id], lazy="raise")
    assignee: Mapped[User | None] = relationship(foreign_keys=[assigned_to], lazy="raise")

    def __str__(self) -> str:
        return f"{self.type.label} dispute {self.id}"


#: Files of a message at most.
MOST_FILES: Final = 5


class DisputeMessage(HasId, Base):
    """ERD `DISPUTE_MESSAGES`. Append-only; internal ones never reach vendor or customer (DSP-4)."""

    __tablename__ = "dispute_messages"
    __table_args__ = (
        check("message_not_empty", "message <> ''"),
        check("attachments_few", f"jsonb_array_length(attachments) BETWEEN 1 AND {MOST_FILES}"),
        sa.Index("ix_dispute_messages_created_at_id", "created_at", "id"),
    )

    dispute_id: Mapped[uuid.UUID] = foreign_key("disputes.id")
    user_id: Mapped[uuid.UUID] = foreign_key("users.id")
    message: Mapped[str] = mapped_column(info=PII)
    #: What was known of its files when it was written: id, name, media type and size of each `DisputeAttachment`.
    attachments: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True), info=PII)
    is_internal: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    dispute: Mapped[Dispute] = relationship(lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")
