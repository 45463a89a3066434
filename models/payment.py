"""Payments of customers, with the caps that refunds may never break."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.order import Order
from models.order_group import OrderGroup


class PaymentState(Status):
    """ERD `PAYMENTS.status` (B12). Partially refunded is an amount here, not a status."""

    PENDING = "pending", "Pending", Tone.WARNING, {"succeeded": "P", "failed": "P", "cancelled": "P"}
    SUCCEEDED = "succeeded", "Succeeded", Tone.SUCCESS, {"refunded": "S"}
    FAILED = "failed", "Failed", Tone.DANGER, {"pending": "S", "succeeded": "P"}
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL
    REFUNDED = "refunded", "Refunded", Tone.NEUTRAL, {"succeeded": "S"}


class PaymentMethod(LabelledEnum):
    """How the customer paid."""

    CARD = "card"
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    WALLET = "wallet"
    CRYPTO = "crypto"


class HasCaps:
    """What was captured, and what of it is on its way back or gone; triggers keep the last three (REF-1)."""

    captured_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    refund_reserved: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    refunded_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    charged_back_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")

    @property
    def refundable(self) -> Decimal:
        """What may still be asked back, in `currency` (REF-1)."""
        taken = self.refund_reserved + self.refunded_amount + self.charged_back_amount
        return max(self.captured_amount - taken, Decimal(0))


class Payment(HasId, HasVersion, HasCaps, Base):
    """ERD `PAYMENTS`: of one order, or of a group of orders that have their shares in `payment_allocations`.

    A chargeback is what a bank did, so it is written down even where refunds gave back too much already; a trigger
    refuses refunds that would then go further.
    """

    __tablename__ = "payments"
    __table_args__ = (
        sa.UniqueConstraint("stripe_payment_intent_id"),
        check("one_subject", "num_nonnulls(order_id, order_group_id) = 1"),
        check("amount_positive", "amount > 0"),
        check("captured_within_amount", "captured_amount BETWEEN 0 AND amount"),
        check("caps_not_negative", "least(refund_reserved, refunded_amount, charged_back_amount) >= 0"),
        check("refunds_within_captured", "refund_reserved + refunded_amount <= captured_amount"),
        check("succeeded_has_processed_at", "status NOT IN ('succeeded', 'refunded') OR processed_at IS NOT NULL"),
        check("succeeded_has_capture", "status NOT IN ('succeeded', 'refunded') OR captured_amount > 0"),
        check("refunded_in_full", "status <> 'refunded' OR refunded_amount = captured_amount"),
        sa.Index("ix_payments_created_at_id", "created_at", "id"),
        sa.Index("ix_payments_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_payments_order_id_status", "order_id", "status"),
        sa.Index("ix_payments_amount_id", "amount", "id"),
        # Few are of a group.
        sa.Index(
            "ix_payments_order_group_id", "order_group_id", postgresql_where=sa.text("order_group_id IS NOT NULL")
        ),
    )

    order_id: Mapped[uuid.UUID | None] = foreign_key("orders.id", index=False)
    order_group_id: Mapped[uuid.UUID | None] = foreign_key("order_groups.id", index=False)
    stripe_payment_intent_id: Mapped[str | None] = mapped_column(sa.String(64))
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    status: Mapped[PaymentState] = enum_column(PaymentState, default=PaymentState.PENDING)
    #: The provider's own word, which has more states than the five above (data model C3.29).
    provider_status: Mapped[str | None] = mapped_column(sa.String(40))
    payment_method: Mapped[PaymentMethod] = enum_column(PaymentMethod)
    payment_method_details: Mapped[str | None] = mapped_column(sa.String(200), info=PII)
    extra: Mapped[dict[str, Any] | None] = mapped_column("metadata", info=PII)
    processed_at: Mapped[dt.datetime | None]
    #: When the provider lets the money be passed on (PAY-1).
    available_on: Mapped[dt.datetime | None]

    order: Mapped[Order | None] = relationship(lazy="raise")
    order_group: Mapped[OrderGroup | None] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.stripe_payment_intent_id or f"Payment {self.id}"
