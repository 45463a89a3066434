"""Charging a vendor's card for an invoice of a plan fee (SUB-7, M3)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import Status, Tone
from models.base import Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.operation import Leased
from models.subscription_invoice import SubscriptionInvoice
from models.user import User


class ChargeStatus(Status):
    """Life of a charge: its intention is written before the call, its end after it. Money may come late."""

    PROCESSING = "processing", "Processing", Tone.INFO, {"succeeded": "PS", "failed": "PS"}
    SUCCEEDED = "succeeded", "Succeeded", Tone.SUCCESS
    FAILED = "failed", "Failed", Tone.DANGER, {"succeeded": "P"}


class InvoiceCharge(HasId, HasVersion, Leased, Base):
    """Attempt `number` to collect an invoice from the card; what is sent is fixed, because it may have been sent.

    `attempts` is how often a worker took it up; only the first time needs no look at what the provider has (IDE-2).
    """

    __tablename__ = "invoice_charges"
    __table_args__ = (
        sa.UniqueConstraint("invoice_id", "number"),
        sa.UniqueConstraint("idempotency_key"),
        sa.UniqueConstraint("stripe_payment_intent_id"),
        check("amount_positive", "amount > 0"),
        check("number_positive", "number > 0"),
        check("succeeded_has_provider_id", "status <> 'succeeded' OR stripe_payment_intent_id IS NOT NULL"),
        check("failed_has_reason", "status <> 'failed' OR num_nulls(failure_code, failure_reason) = 0"),
        # One at a time: the next one knows how the last one ended.
        sa.Index(
            "uq_invoice_charges_running",
            "invoice_id",
            unique=True,
            postgresql_where=sa.text("status = 'processing'"),
        ),
        sa.Index("ix_invoice_charges_due", "run_after", postgresql_where=sa.text("status = 'processing'")),
        sa.Index("ix_invoice_charges_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_invoice_charges_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
    )

    invoice_id: Mapped[uuid.UUID] = foreign_key("subscription_invoices.id", index=False)
    #: Copied from the invoice for row scope.
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    number: Mapped[int]
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    status: Mapped[ChargeStatus] = enum_column(ChargeStatus, default=ChargeStatus.PROCESSING)
    idempotency_key: Mapped[str] = mapped_column(sa.String(255))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    #: The parameters of the provider call, as sent; a retry sends exactly these (M3).
    request_params: Mapped[dict[str, Any]]
    first_sent_at: Mapped[dt.datetime]
    stripe_payment_intent_id: Mapped[str | None] = mapped_column(sa.String(64))
    failure_code: Mapped[str | None] = mapped_column(sa.String(64))
    failure_reason: Mapped[str | None]

    invoice: Mapped[SubscriptionInvoice] = relationship(lazy="raise")
    vendor: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.stripe_payment_intent_id or f"Charge {self.id}"
