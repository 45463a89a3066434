"""Journals of the ledger and their lines: append-only, each summing to zero (B6, LED-1, LED-2)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum
from models.base import Amount, Base, Currency, HasId, check, enum_column, foreign_key
from models.ledger import LedgerAccount


class JournalEvent(LabelledEnum):
    """What happened, in the order of the posting templates E1 to E14 (B6)."""

    PAYMENT_CAPTURED = "payment_captured"
    PROVIDER_FEE = "provider_fee", "Stripe fee"
    EARNING_AVAILABLE = "earning_available"
    CARRIED_OVER = "carried_over", "Carried over to the next payout"
    CARRIED_IN = "carried_in", "Carried over from an earlier payout"
    PAYOUT_ASSEMBLED = "payout_assembled", "Payout put together"
    PAYOUT_DISSOLVED = "payout_dissolved"
    TRANSFER_EXECUTED = "transfer_executed"
    TRANSFER_RETURNED = "transfer_returned"
    PAYOUT_SETTLED = "payout_settled", "Payout settled by hand"
    SETTLEMENT_RETURNED = "settlement_returned", "Settlement by hand returned"
    REFUND_SUCCEEDED = "refund_succeeded", "Refund"
    REFUND_RETURNED = "refund_returned"
    CHARGEBACK_OPENED = "chargeback_opened"
    CHARGEBACK_RESERVED = "chargeback_reserved"
    CHARGEBACK_RELEASED = "chargeback_released"
    CHARGEBACK_LOST = "chargeback_lost"
    CHARGEBACK_WON = "chargeback_won"
    CHARGEBACK_REOPENED = "chargeback_reopened"
    CHARGEBACK_FEE = "chargeback_fee", "Chargeback fee changed"
    TRANSFER_REVERSED = "transfer_reversed"
    DEBT_WRITTEN_OFF = "debt_written_off"
    PLAN_FEE_CHARGED = "plan_fee_charged"
    ADJUSTMENT = "adjustment"


_BY_PEOPLE = "'debt_written_off', 'adjustment'"


class Journal(HasId, Base):
    """One money event in `currency`, made of at least two lines; committed with the row that it is about (LED-1).

    The same event of the same source posts once (LED-3); `occurrence` tells the attempts of a payout or refund apart,
    and the decisions about one chargeback. A correction is another journal that `reverses_id` ties to its original.
    """

    __tablename__ = "journals"
    __table_args__ = (
        sa.UniqueConstraint("source_id", "event", "occurrence", "source_type"),
        sa.UniqueConstraint("reverses_id"),
        check("occurrence_positive", "occurrence > 0"),
        check(
            "people_are_two",
            f"event NOT IN ({_BY_PEOPLE})"
            " OR (num_nulls(reason, actor_id, approved_by) = 0 AND actor_id <> approved_by)",
        ),
        sa.Index("ix_journals_posted_at_id", "posted_at", "id"),
        sa.Index("ix_journals_event_posted_at_id", "event", "posted_at", "id"),
        sa.Index("ix_journals_provider_id", "provider_id", postgresql_where=sa.text("provider_id IS NOT NULL")),
        # Only the few that people made, for the references to hold.
        sa.Index("ix_journals_actor_id", "actor_id", postgresql_where=sa.text("actor_id IS NOT NULL")),
        sa.Index("ix_journals_approved_by", "approved_by", postgresql_where=sa.text("approved_by IS NOT NULL")),
    )

    event: Mapped[JournalEvent] = enum_column(JournalEvent)
    #: Table and id of the business row that it is about.
    source_type: Mapped[str] = mapped_column(sa.String(32))
    source_id: Mapped[uuid.UUID]
    occurrence: Mapped[int] = mapped_column(sa.SmallInteger, default=1, server_default="1")
    currency: Mapped[Currency]
    #: When it happened; `created_at` is when it was written down.
    posted_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    #: The provider's object behind a change of `psp_clearing`, by which reconciliation finds it (LED-7).
    provider_id: Mapped[str | None] = mapped_column(sa.String(64))
    reverses_id: Mapped[uuid.UUID | None] = foreign_key("journals.id", index=False)
    reason: Mapped[str | None]
    actor_id: Mapped[uuid.UUID | None] = foreign_key("users.id", index=False)
    approved_by: Mapped[uuid.UUID | None] = foreign_key("users.id", index=False)
    #: The database's transaction that wrote it; lines of any other are refused, so nothing is added later (LED-2).
    written_in: Mapped[str] = mapped_column(sa.Text, server_default=sa.text("(pg_current_xact_id())::text"))

    def __str__(self) -> str:
        return f"{self.event.label} {self.id}"


class JournalLine(HasId, Base):
    """A debit (positive) or credit (negative) of one account; `created_at` is the journal's `posted_at`."""

    __tablename__ = "journal_lines"
    __table_args__ = (
        sa.UniqueConstraint("journal_id", "account_id"),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"], ondelete="RESTRICT"
        ),
        check("amount_not_zero", "amount <> 0"),
        sa.Index("ix_journal_lines_account_id_created_at_id", "account_id", "created_at", "id"),
    )

    journal_id: Mapped[uuid.UUID] = foreign_key("journals.id", index=False)
    account_id: Mapped[uuid.UUID]
    amount: Mapped[Amount]
    currency: Mapped[Currency]

    journal: Mapped[Journal] = relationship(lazy="raise")
    account: Mapped[LedgerAccount] = relationship(lazy="raise", viewonly=True)
