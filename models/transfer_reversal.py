"""Taking money of a transfer back from a vendor's account at the provider (REC-2, PAY-9)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.payout import Payout


class ReversalStatus(Status):
    """Life of a reversal: its intention is written before the call, its end after it (M7)."""

    PROCESSING = "processing", "Processing", Tone.INFO, {"succeeded": "PS", "failed": "PS"}
    SUCCEEDED = "succeeded", "Succeeded", Tone.SUCCESS
    FAILED = "failed", "Failed", Tone.DANGER


class ReversalReason(LabelledEnum):
    """Why the money is taken back."""

    BANK_RETURN = "bank_return", "The bank returned the payout"
    DEBT = "debt", "The vendor owes it"


class TransferReversal(HasId, HasVersion, Base):
    """`amount` of a payout's transfer on its way back; against a debt it is posted as E11 when it arrived."""

    __tablename__ = "transfer_reversals"
    __table_args__ = (
        sa.UniqueConstraint("idempotency_key"),
        sa.UniqueConstraint("stripe_reversal_id"),
        check("amount_positive", "amount > 0"),
        check("succeeded_has_provider_id", "status <> 'succeeded' OR stripe_reversal_id IS NOT NULL"),
        check("failed_has_reason", "status <> 'failed' OR num_nulls(failure_code, failure_reason) = 0"),
        # One at a time, so that what is asked for next knows how the last one ended.
        sa.Index(
            "uq_transfer_reversals_running",
            "payout_id",
            unique=True,
            postgresql_where=sa.text("status = 'processing'"),
        ),
        sa.Index("ix_transfer_reversals_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_transfer_reversals_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
    )

    payout_id: Mapped[uuid.UUID] = foreign_key("payouts.id")
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    stripe_transfer_id: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[ReversalReason] = enum_column(ReversalReason)
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    status: Mapped[ReversalStatus] = enum_column(ReversalStatus, default=ReversalStatus.PROCESSING)
    requested_by: Mapped[uuid.UUID] = foreign_key("users.id")
    approved_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    idempotency_key: Mapped[str] = mapped_column(sa.String(255))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    #: The parameters of the provider call, as sent; a retry sends exactly these (M3).
    request_params: Mapped[dict[str, Any]]
    first_sent_at: Mapped[dt.datetime]
    stripe_reversal_id: Mapped[str | None] = mapped_column(sa.String(64))
    failure_code: Mapped[str | None] = mapped_column(sa.String(64))
    failure_reason: Mapped[str | None]

    payout: Mapped[Payout] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.stripe_reversal_id or f"Reversal {self.id}"
