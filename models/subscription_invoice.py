"""Invoices of plan fees, and what is given back of them (data model C6.61)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.subscription import Subscription
from models.user import User


class InvoiceStatus(Status):
    """Life of an invoice (B12)."""

    DRAFT = "draft", "Draft", Tone.NEUTRAL, {"open": "S"}
    OPEN = "open", "Open", Tone.WARNING, {"paid": "SP", "void": "A", "uncollectible": "SF"}
    PAID = "paid", "Paid", Tone.SUCCESS
    VOID = "void", "Void", Tone.NEUTRAL
    UNCOLLECTIBLE = "uncollectible", "Uncollectible", Tone.DANGER, {"paid": "SP"}


class InvoiceKind(LabelledEnum):
    """Why there is an invoice."""

    RENEWAL = "renewal"
    PRORATION = "proration", "Change of plan"
    #: The rest of a period that was terminated: money that we owe.
    CREDIT = "credit", "Credit note"


class PaidBy(LabelledEnum):
    """Where the fee was taken from (SUB-7)."""

    CARD = "card"
    BALANCE = "balance", "Vendor balance"


class Settlement(LabelledEnum):
    """What becomes of the rest of a period when a subscription is terminated at once (SUB-4)."""

    CREDIT = "credit", "Take it off the vendor's next invoices"
    REFUND = "refund", "Give it back"
    OFFSET = "offset", "Take it off what is still open, and drop the rest"
    SKIP = "skip", "Nothing"


class SubscriptionInvoice(HasId, HasVersion, Base):
    """One renewal for each period (SUB-2); changes of plan come beside it.

    `amount = charge - credit`. A credit note has a credit only, of which `credit_used` was given already.
    """

    __tablename__ = "subscription_invoices"
    __table_args__ = (
        sa.UniqueConstraint("stripe_payment_intent_id"),
        check("amount_is_net", "amount = charge - credit"),
        check("sides_not_negative", "least(charge, credit) >= 0"),
        check("only_credit_notes_owe", "kind = 'credit' OR amount >= 0"),
        check("credit_note_is_credit", "kind <> 'credit' OR (charge = 0 AND credit > 0 AND settlement IS NOT NULL)"),
        check("used_within_credit", "credit_used BETWEEN 0 AND credit"),
        check("period_in_order", "period_start < period_end"),
        check("attempts_not_negative", "least(attempts, dunning_step) >= 0"),
        check("paid_has_time", "(status = 'paid') = (paid_at IS NOT NULL)"),
        sa.Index(
            "uq_subscription_invoices_period",
            "subscription_id",
            "period_start",
            unique=True,
            postgresql_where=sa.text("kind = 'renewal'"),
        ),
        sa.Index("ix_subscription_invoices_subscription_id_created_at_id", "subscription_id", "created_at", "id"),
        sa.Index("ix_subscription_invoices_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_subscription_invoices_created_at_id", "created_at", "id"),
        sa.Index("ix_subscription_invoices_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_subscription_invoices_kind_created_at_id", "kind", "created_at", "id"),
        sa.Index(
            "ix_subscription_invoices_due", "next_attempt_at", postgresql_where=sa.text("next_attempt_at IS NOT NULL")
        ),
    )

    subscription_id: Mapped[uuid.UUID] = foreign_key("subscriptions.id", index=False)
    #: Copied from the subscription for row scope.
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    kind: Mapped[InvoiceKind] = enum_column(InvoiceKind)
    status: Mapped[InvoiceStatus] = enum_column(InvoiceStatus, default=InvoiceStatus.DRAFT)
    period_start: Mapped[dt.datetime]
    period_end: Mapped[dt.datetime]
    charge: Mapped[Amount]
    credit: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    credit_used: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    settlement: Mapped[Settlement | None] = enum_column(Settlement, nullable=True)
    #: When it was made out: the days of dunning count from here (SUB-5).
    issued_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    #: Attempts to collect it so far; the next one has the key `invoice:{id}:{attempts + 1}`.
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    #: How many days of the dunning schedule are used up.
    dunning_step: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[dt.datetime | None]
    last_failure: Mapped[str | None] = mapped_column(sa.String(200))
    paid_at: Mapped[dt.datetime | None]
    paid_by: Mapped[PaidBy | None] = enum_column(PaidBy, nullable=True)
    stripe_payment_intent_id: Mapped[str | None] = mapped_column(sa.String(64))

    subscription: Mapped[Subscription] = relationship(lazy="raise")
    vendor: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"Invoice {self.id}"
