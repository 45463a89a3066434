"""Business-event rows of money, as finance reads them; never the source of a balance (LED-8)."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.order import Order
from models.payment import Payment
from models.user import User


class TransactionType(LabelledEnum):
    """What kind of money event."""

    PAYMENT = "payment"
    PAYOUT = "payout"
    REFUND = "refund"
    FEE = "fee"
    COMMISSION = "commission"
    CHARGEBACK = "chargeback"


class TransactionStatus(Status):
    """Terminal after `pending`; a correction is a new row (B12)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"completed": "PS", "failed": "PS", "cancelled": "SF"}
    COMPLETED = "completed", "Completed", Tone.SUCCESS
    FAILED = "failed", "Failed", Tone.DANGER
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL


class TransactionDirection(LabelledEnum):
    """Seen from the platform: money in or out."""

    IN = "in", "In"
    OUT = "out", "Out"


class Transaction(HasId, HasVersion, Base):
    """ERD `TRANSACTIONS`. `amount` is signed in `currency`: positive comes in, negative goes out (LED-8)."""

    __tablename__ = "transactions"
    __table_args__ = (
        check("sign_is_direction", "(direction = 'in' AND amount > 0) OR (direction = 'out' AND amount < 0)"),
        check("refund_has_refund", "type <> 'refund' OR refund_id IS NOT NULL"),
        check("payout_has_payout", "type <> 'payout' OR payout_id IS NOT NULL"),
        check("payment_has_payment", "type <> 'payment' OR payment_id IS NOT NULL"),
        # One row an attempt, so a job that runs twice records once.
        sa.Index("uq_transactions_event_key", "event_key", unique=True),
        sa.Index("ix_transactions_created_at_id", "created_at", "id"),
        sa.Index("ix_transactions_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_transactions_type_created_at_id", "type", "created_at", "id"),
        sa.Index("ix_transactions_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_transactions_user_id_status", "user_id", "status"),
        sa.Index("ix_transactions_order_id_status", "order_id", "status"),
    )

    user_id: Mapped[uuid.UUID | None] = foreign_key("users.id", index=False)
    vendor_id: Mapped[uuid.UUID | None] = foreign_key("users.id", index=False)
    order_id: Mapped[uuid.UUID | None] = foreign_key("orders.id", index=False)
    payment_id: Mapped[uuid.UUID | None] = foreign_key("payments.id")
    payout_id: Mapped[uuid.UUID | None] = foreign_key("payouts.id")
    refund_id: Mapped[uuid.UUID | None] = foreign_key("refunds.id")
    #: What the ledger posted for this event; none for one that moved nothing, such as a failed payout.
    journal_id: Mapped[uuid.UUID | None] = foreign_key("journals.id")
    type: Mapped[TransactionType] = enum_column(TransactionType)
    direction: Mapped[TransactionDirection] = enum_column(TransactionDirection)
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    status: Mapped[TransactionStatus] = enum_column(TransactionStatus, default=TransactionStatus.PENDING)
    description: Mapped[str | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    #: What this row records, such as `refund:<id>:1`.
    event_key: Mapped[str | None] = mapped_column(sa.String(120))

    user: Mapped[User | None] = relationship(foreign_keys=[user_id], lazy="raise")
    order: Mapped[Order | None] = relationship(lazy="raise")
    payment: Mapped[Payment | None] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.description or f"Transaction {self.id}"
