"""Reconciliation: what the provider has booked, a run a day and currency, and what did not agree (LED-7, M12)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.operation import Leased


class ReconRunStatus(Status):
    """Life of a run; one that came to its end may be asked for again."""

    PENDING = "pending", "Pending", Tone.INFO, {"running": "S"}
    RUNNING = "running", "Running", Tone.INFO, {"done": "S", "failed": "S"}
    DONE = "done", "Done", Tone.SUCCESS, {"pending": "S"}
    FAILED = "failed", "Failed", Tone.DANGER, {"pending": "S"}


class ReconItemStatus(Status):
    """Life of a difference: open until a person says what it was."""

    OPEN = "open", "Open", Tone.WARNING, {"resolved": "AF"}
    RESOLVED = "resolved", "Resolved", Tone.SUCCESS


class ReconResult(LabelledEnum):
    """How the two books differ about one object of the provider (LED-7)."""

    MISSING_HERE = "missing_here", "Missing here"
    MISSING_THERE = "missing_there", "Missing at Stripe"
    AMOUNT_DIFFERS = "amount_differs", "Amount differs"
    CURRENCY_DIFFERS = "currency_differs", "Currency differs"
    DUPLICATE = "duplicate", "Booked twice"


class ProviderBooking(HasId, Base):
    """A movement on the platform's balance as the provider booked it; never changed, so a late journal finds it."""

    __tablename__ = "provider_bookings"
    __table_args__ = (
        sa.UniqueConstraint("booking_id"),
        sa.Index("ix_provider_bookings_provider_id", "provider_id"),
        sa.Index("ix_provider_bookings_currency_booked_at", "currency", "booked_at"),
    )

    #: `txn_...`.
    booking_id: Mapped[str] = mapped_column(sa.String(64))
    #: What journals call the object that it is about.
    provider_id: Mapped[str] = mapped_column(sa.String(64))
    type: Mapped[str] = mapped_column(sa.String(64))
    #: What came, negative when it left, less the provider's fee.
    net: Mapped[Amount]
    currency: Mapped[Currency]
    booked_at: Mapped[dt.datetime]


class ReconRun(HasId, Leased, Base):
    """One UTC day in one `currency`, compared once however often it is woken; `theirs` and `ours` are both sides' sums.

    The sums are of every object that either side touched on that day, with what belongs to it on other days.
    """

    __tablename__ = "recon_runs"
    __table_args__ = (
        sa.UniqueConstraint("day", "currency"),
        check("done_is_counted", "status <> 'done' OR num_nulls(ours, theirs, counts, finished_at) = 0"),
        check("failed_has_reason", "status <> 'failed' OR last_error IS NOT NULL"),
        sa.Index("ix_recon_runs_day_id", "day", "id"),
        sa.Index("ix_recon_runs_status_day_id", "status", "day", "id"),
        sa.Index("ix_recon_runs_due", "run_after", postgresql_where=sa.text("status IN ('pending', 'running')")),
    )

    day: Mapped[dt.date]
    currency: Mapped[Currency]
    status: Mapped[ReconRunStatus] = enum_column(ReconRunStatus, default=ReconRunStatus.PENDING)
    started_at: Mapped[dt.datetime | None]
    #: Up to when the provider was asked; a run that was cut short goes on from here.
    fetched_until: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    ours: Mapped[Decimal | None]
    theirs: Mapped[Decimal | None]
    #: How many objects came to which result; `explained` ones were resolved before and have not changed since.
    counts: Mapped[dict[str, Any] | None]
    #: How many differ and are not explained.
    unexplained: Mapped[int] = mapped_column(default=0, server_default="0")

    def __str__(self) -> str:
        return f"Reconciliation of {self.day:%Y-%m-%d}, {self.currency}"


class ReconItem(HasId, HasVersion, Base):
    """A difference about one object of the provider, for a person; found again it is the same item.

    Nothing is corrected by itself (M12): when a later run finds no difference any more the item says since when
    (`gone_at`) and still waits for somebody to resolve it.
    """

    __tablename__ = "recon_items"
    __table_args__ = (
        sa.Index("uq_recon_items_open", "provider_id", unique=True, postgresql_where=sa.text("status = 'open'")),
        check("expected_has_currency", "(expected IS NULL) = (expected_currency IS NULL)"),
        check("found_has_currency", "(found IS NULL) = (found_currency IS NULL)"),
        check("one_side_at_least", "num_nonnulls(expected, found) > 0"),
        check(
            "resolved_is_signed",
            "(status = 'resolved') = (num_nulls(resolution_note, resolved_by, resolved_at) = 0)",
        ),
        sa.Index("ix_recon_items_created_at_id", "created_at", "id"),
        sa.Index("ix_recon_items_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_recon_items_result_created_at_id", "result", "created_at", "id"),
        sa.Index("ix_recon_items_provider_id", "provider_id"),
    )

    #: The run that found it first, and the one that found it last.
    run_id: Mapped[uuid.UUID] = foreign_key("recon_runs.id")
    last_run_id: Mapped[uuid.UUID] = foreign_key("recon_runs.id")
    first_day: Mapped[dt.date]
    provider_id: Mapped[str] = mapped_column(sa.String(64))
    #: `txn_...`, the first one of several.
    booking_id: Mapped[str | None] = mapped_column(sa.String(64))
    journal_id: Mapped[uuid.UUID | None] = foreign_key("journals.id")
    result: Mapped[ReconResult] = enum_column(ReconResult)
    #: What the ledger says, and what the provider says.
    expected: Mapped[Decimal | None]
    expected_currency: Mapped[str | None] = mapped_column(sa.String(3))
    found: Mapped[Decimal | None]
    found_currency: Mapped[str | None] = mapped_column(sa.String(3))
    status: Mapped[ReconItemStatus] = enum_column(ReconItemStatus, default=ReconItemStatus.OPEN)
    gone_at: Mapped[dt.datetime | None]
    assigned_to: Mapped[uuid.UUID | None] = foreign_key("users.id")
    resolution_note: Mapped[str | None]
    resolved_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    resolved_at: Mapped[dt.datetime | None]

    def __str__(self) -> str:
        return f"{self.result.label}: {self.provider_id}"
