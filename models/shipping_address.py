"""Address book of a user; orders keep their own snapshot."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum
from models.base import PII, Base, HasDeletedAt, HasId, HasVersion, check, enum_column, foreign_key
from models.user import User


class AddressKind(LabelledEnum):
    """What the address is for."""

    SHIPPING = "shipping"
    BILLING = "billing"


class ShippingAddress(HasId, HasVersion, HasDeletedAt, Base):
    """ERD `SHIPPING_ADDRESSES`. One default a user and kind."""

    __tablename__ = "shipping_addresses"
    __table_args__ = (
        check("country_format", "country ~ '^[A-Z]{2}$'"),
        sa.Index(
            "uq_shipping_addresses_default",
            "user_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("is_default AND deleted_at IS NULL"),
        ),
        sa.Index("ix_shipping_addresses_created_at_id", "created_at", "id"),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id")
    kind: Mapped[AddressKind] = enum_column(AddressKind, default=AddressKind.SHIPPING)
    name: Mapped[str] = mapped_column(sa.String(200), info=PII)
    company: Mapped[str | None] = mapped_column(sa.String(200), info=PII)
    address_line1: Mapped[str] = mapped_column(sa.String(200), info=PII)
    address_line2: Mapped[str | None] = mapped_column(sa.String(200), info=PII)
    city: Mapped[str] = mapped_column(sa.String(100), info=PII)
    state: Mapped[str | None] = mapped_column(sa.String(100), info=PII)
    postal_code: Mapped[str] = mapped_column(sa.String(20), info=PII)
    country: Mapped[str] = mapped_column(sa.String(2))
    phone: Mapped[str | None] = mapped_column(sa.String(32), info=PII)
    is_default: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    user: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"
