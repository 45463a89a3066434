"""Orders: one vendor's part of a checkout, with its money and its progress on two separate axes (ORD-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.order_group import OrderGroup
from models.user import User


class OrderStatus(Status):
    """Fulfilment (B12): people set confirmed, processing and cancelled; the rest is derived (ORD-2)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"confirmed": "S", "cancelled": "AVS"}
    CONFIRMED = (
        "confirmed",
        "Confirmed",
        Tone.INFO,
        {"processing": "VLS", "cancelled": "AV", "shipped": "S", "delivered": "S", "refunded": "S"},
    )
    PROCESSING = (
        "processing",
        "Processing",
        Tone.INFO,
        {"cancelled": "AV", "shipped": "S", "delivered": "S", "refunded": "S"},
    )
    SHIPPED = "shipped", "Shipped", Tone.INFO, {"delivered": "S", "refunded": "S", "processing": "A"}
    DELIVERED = "delivered", "Delivered", Tone.SUCCESS, {"refunded": "S", "shipped": "A"}
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL
    REFUNDED = "refunded", "Refunded", Tone.NEUTRAL


class PaymentStatus(Status):
    """The money axis of an order (B12), derived from its payments and refunds (REF-7)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"paid": "P", "failed": "P"}
    PAID = "paid", "Paid", Tone.SUCCESS, {"partially_refunded": "S", "refunded": "S"}
    FAILED = "failed", "Failed", Tone.DANGER, {"paid": "P"}
    REFUNDED = "refunded", "Refunded", Tone.NEUTRAL, {"partially_refunded": "S", "paid": "S"}
    PARTIALLY_REFUNDED = "partially_refunded", "Partially refunded", Tone.INFO, {"refunded": "S", "paid": "S"}


class TaxRemitter(LabelledEnum):
    """Who hands the tax to the authority, fixed when the order is placed."""

    VENDOR = "vendor"
    PLATFORM = "platform"


class DiscountFunder(LabelledEnum):
    """Whose money a discount is."""

    VENDOR = "vendor"
    PLATFORM = "platform"


class Order(HasId, HasVersion, Base):
    """ERD `ORDERS`. Amounts are in `currency`; `total = subtotal + tax + shipping - discount`."""

    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("order_number"),
        check("total_is_sum", "total_amount = subtotal + tax_amount + shipping_amount - discount_amount"),
        check(
            "amounts_not_negative",
            "least(subtotal, tax_amount, shipping_amount, discount_amount, total_amount) >= 0",
        ),
        check("discount_has_funder", "(discount_amount = 0) = (discount_funded_by IS NULL)"),
        check("shipped_has_time", "status <> 'shipped' OR shipped_at IS NOT NULL"),
        check("delivered_has_time", "status <> 'delivered' OR delivered_at IS NOT NULL"),
        check("cancelled_has_time", "(status = 'cancelled') = (cancelled_at IS NOT NULL)"),
        sa.Index("ix_orders_created_at_id", "created_at", "id"),
        sa.Index("ix_orders_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_orders_payment_status_created_at_id", "payment_status", "created_at", "id"),
        sa.Index("ix_orders_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        # What a vendor has to ship; it holds only the open ones.
        sa.Index(
            "ix_orders_to_ship",
            "vendor_id",
            "created_at",
            "id",
            postgresql_where=sa.text("status IN ('confirmed', 'processing')"),
        ),
        sa.Index("ix_orders_customer_id_status", "customer_id", "status"),
        sa.Index("ix_orders_total_amount_id", "total_amount", "id"),
        sa.Index("ix_orders_needs_review", "created_at", "id", postgresql_where=sa.text("needs_review")),
        sa.Index("ix_orders_delivered_at", "delivered_at", postgresql_where=sa.text("delivered_at IS NOT NULL")),
        sa.Index("ix_orders_cancelled_at", "cancelled_at", postgresql_where=sa.text("cancelled_at IS NOT NULL")),
        # Few are of a group.
        sa.Index("ix_orders_order_group_id", "order_group_id", postgresql_where=sa.text("order_group_id IS NOT NULL")),
    )

    order_number: Mapped[str] = mapped_column(sa.String(32))
    #: The checkout that it is a part of, when that was shared with other vendors.
    order_group_id: Mapped[uuid.UUID | None] = foreign_key("order_groups.id", index=False)
    customer_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    status: Mapped[OrderStatus] = enum_column(OrderStatus, default=OrderStatus.PENDING)
    payment_status: Mapped[PaymentStatus] = enum_column(PaymentStatus, default=PaymentStatus.PENDING)
    subtotal: Mapped[Amount]
    tax_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    shipping_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    discount_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    total_amount: Mapped[Amount]
    currency: Mapped[Currency]
    #: Snapshots; the address book may change later (data model C3.33).
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=PII)
    billing_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=PII)
    notes: Mapped[str | None] = mapped_column(info=PII)
    shipped_at: Mapped[dt.datetime | None]
    delivered_at: Mapped[dt.datetime | None]
    cancelled_at: Mapped[dt.datetime | None]
    tax_remitter: Mapped[TaxRemitter] = enum_column(TaxRemitter, default=TaxRemitter.VENDOR)
    discount_funded_by: Mapped[DiscountFunder | None] = enum_column(DiscountFunder, nullable=True)
    coupon_code: Mapped[str | None] = mapped_column(sa.String(40))
    #: Set when events say something the status machine cannot follow (ORD-2); a person looks.
    needs_review: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    customer: Mapped[User] = relationship(foreign_keys=[customer_id], lazy="raise")
    vendor: Mapped[User] = relationship(foreign_keys=[vendor_id], lazy="raise")
    order_group: Mapped[OrderGroup | None] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.order_number
