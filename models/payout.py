"""Payouts to vendors, what they are made of, and what holds them."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.journal import Journal
from models.order_item import OrderItem
from models.user import User


class PayoutStatus(Status):
    """Life of a payout (B12)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"processing": "FS", "cancelled": "F"}
    PROCESSING = "processing", "Processing", Tone.INFO, {"completed": "PS", "failed": "PS"}
    COMPLETED = "completed", "Completed", Tone.SUCCESS, {"failed": "P"}
    FAILED = "failed", "Failed", Tone.DANGER, {"pending": "F", "cancelled": "F"}
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL


class PayoutMethod(LabelledEnum):
    """Where the provider sends it, or that people paid it without the provider (PAY-13)."""

    BANK_ACCOUNT = "bank_account", "Bank account"
    DEBIT_CARD = "debit_card", "Debit card"
    BY_HAND = "by_hand", "By hand"


class Payout(HasId, HasVersion, Base):
    """ERD `PAYOUTS`, in `currency`. Transfer and payout are two ids of the provider (PAY-8).

    `items_hash` pins what was approved (PAY-5); a changed item set voids the approval.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        sa.UniqueConstraint("stripe_transfer_id"),
        sa.UniqueConstraint("stripe_payout_id"),
        sa.UniqueConstraint("idempotency_key"),
        check("amount_positive", "amount > 0"),
        check("completed_has_processed_at", "status <> 'completed' OR processed_at IS NOT NULL"),
        check(
            "completed_has_transfer",
            "status <> 'completed' OR stripe_transfer_id IS NOT NULL OR payout_method = 'by_hand'",
        ),
        check(
            "processing_has_key", "status <> 'processing' OR idempotency_key IS NOT NULL OR payout_method = 'by_hand'"
        ),
        check(
            "by_hand_is_whole",
            "num_nulls(bank_reference, paid_on) = CASE payout_method WHEN 'by_hand' THEN 0 ELSE 2 END",
        ),
        check("by_hand_is_settled", "payout_method <> 'by_hand' OR status <> 'pending'"),
        # What was paid by hand was never sent to the provider, and never will be (PAY-13).
        check(
            "by_hand_is_not_sent",
            "payout_method <> 'by_hand' OR num_nonnulls(destination_account, stripe_transfer_id, stripe_payout_id,"
            " idempotency_key, request_params, first_sent_at) = 0",
        ),
        check("bank_reference_not_blank", "btrim(bank_reference) <> ''"),
        check("paid_not_in_future", "paid_on <= (processed_at AT TIME ZONE 'UTC')::date"),
        check("failed_has_reason", "status <> 'failed' OR (failure_code IS NOT NULL AND failure_reason IS NOT NULL)"),
        check("period_in_order", "period_start <= period_end"),
        check("attempt_positive", "attempt > 0"),
        check("reversed_within_amount", "reversed_amount BETWEEN 0 AND amount"),
        check("second_person", "NOT second_person_required OR approved_by IS NULL OR approved_by <> released_by"),
        check(
            "second_person_agreed",
            "NOT second_person_required OR approved_by IS NOT NULL OR status IN ('pending', 'failed', 'cancelled')",
        ),
        check("approval_is_whole", "num_nulls(approved_by, approved_at) <> 1"),
        sa.Index("ix_payouts_created_at_id", "created_at", "id"),
        sa.Index("ix_payouts_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_payouts_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_payouts_amount_id", "amount", "id"),
        sa.Index("ix_payouts_bank_reference", "bank_reference", postgresql_where=sa.text("bank_reference IS NOT NULL")),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    stripe_transfer_id: Mapped[str | None] = mapped_column(sa.String(64))
    stripe_payout_id: Mapped[str | None] = mapped_column(sa.String(64))
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    status: Mapped[PayoutStatus] = enum_column(PayoutStatus, default=PayoutStatus.PENDING)
    payout_method: Mapped[PayoutMethod] = enum_column(PayoutMethod, default=PayoutMethod.BANK_ACCOUNT)
    #: The provider's account id, frozen when the money is sent.
    destination_account: Mapped[str | None] = mapped_column(sa.String(64))
    #: What the bank calls a payment that was made by hand, and its day there (PAY-13).
    bank_reference: Mapped[str | None] = mapped_column(sa.String(140))
    paid_on: Mapped[dt.date | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    #: A code from the closed list of `backoffice.services.failures`, and the provider's own words (PAY-11).
    failure_code: Mapped[str | None] = mapped_column(sa.String(64))
    failure_reason: Mapped[str | None]
    processed_at: Mapped[dt.datetime | None]
    period_start: Mapped[dt.datetime | None]
    period_end: Mapped[dt.datetime | None]
    items_hash: Mapped[str] = mapped_column(sa.String(64))
    released_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    approved_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    approved_at: Mapped[dt.datetime | None]
    second_person_required: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    attempt: Mapped[int] = mapped_column(default=1, server_default="1")
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(255))
    request_hash: Mapped[str | None] = mapped_column(sa.String(64))
    #: The parameters of the provider call, as sent; a retry sends exactly these (M3).
    request_params: Mapped[dict[str, Any] | None]
    first_sent_at: Mapped[dt.datetime | None]
    #: How much of the transfer was taken back, or is being taken back (M6, REC-2).
    reversed_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")

    vendor: Mapped[User] = relationship(foreign_keys=[vendor_id], lazy="raise")

    def __str__(self) -> str:
        return f"Payout {self.id}"


class PayoutItem(HasId, Base):
    """One entry of a vendor's available balance: open until a payout takes it, and once a payout is dissolved again.

    The ledger makes it with the journal line it stands for: a line's earning, or a negative one such as a refund after
    payout (REC-1). The sum of a payout's items is the payout (PAY-4); open and taken ones add up to the balance.
    """

    __tablename__ = "payout_items"
    __table_args__ = (
        check("amount_not_zero", "amount <> 0"),
        check("released_was_taken", "released_at IS NULL OR payout_id IS NOT NULL"),
        # An entry is open, or in one payout; cancelling a payout releases it and opens it anew (PAY-3, REC-4).
        sa.Index(
            "uq_payout_items_journal_id", "journal_id", unique=True, postgresql_where=sa.text("released_at IS NULL")
        ),
        sa.Index("ix_payout_items_journal_id", "journal_id"),
        sa.Index(
            "ix_payout_items_open",
            "vendor_id",
            "currency",
            postgresql_where=sa.text("payout_id IS NULL"),
        ),
        sa.Index("ix_payout_items_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    payout_id: Mapped[uuid.UUID | None] = foreign_key("payouts.id")
    journal_id: Mapped[uuid.UUID] = foreign_key("journals.id", index=False)
    #: The order line, where it is the line's earning.
    order_item_id: Mapped[uuid.UUID | None] = foreign_key("order_items.id")
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    released_at: Mapped[dt.datetime | None]

    payout: Mapped[Payout | None] = relationship(lazy="raise")
    order_item: Mapped[OrderItem | None] = relationship(lazy="raise")
    journal: Mapped[Journal] = relationship(lazy="raise")


class HoldSource(LabelledEnum):
    """Who put the hold; a lower source never clears a higher one (PAY-12)."""

    ADMIN = "admin"
    SYSTEM = "system"
    PROVIDER = "provider"
    VENDOR = "vendor"


class PayoutHold(HasId, HasVersion, Base):
    """A stop on a vendor's, an order's or a line's money, until somebody releases it (PAY-12)."""

    __tablename__ = "payout_holds"
    __table_args__ = (
        check("one_scope_at_most", "num_nonnulls(order_id, order_item_id) <= 1"),
        check("released_has_releaser", "(released_at IS NULL) = (released_by IS NULL)"),
        sa.Index("ix_payout_holds_open", "vendor_id", postgresql_where=sa.text("released_at IS NULL")),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id")
    order_id: Mapped[uuid.UUID | None] = foreign_key("orders.id")
    order_item_id: Mapped[uuid.UUID | None] = foreign_key("order_items.id")
    source: Mapped[HoldSource] = enum_column(HoldSource)
    reason: Mapped[str]
    placed_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    released_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    released_at: Mapped[dt.datetime | None]

    vendor: Mapped[User] = relationship(foreign_keys=[vendor_id], lazy="raise")


def items_hash(items: Iterable[tuple[uuid.UUID, Decimal]]) -> str:
    """SHA-256 over the sorted lines `journal_id:amount` of a payout; pins what was approved (PAY-5)."""
    lines = sorted(f"{journal}:{amount:.4f}" for journal, amount in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
