"""Runs of the reconciliation, one a day and currency: planned, taken, filled, compared (LED-7, M12).

A run is a row, so that a wake more or less changes nothing (J16). The provider is asked in steps, each stored before
the next is asked for; what is stored stays, so a run that was cut short goes on where it stopped.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError
from backoffice.gateways.provider import ProviderTransaction
from backoffice.services import leases, operations, rows
from backoffice.services.recon.compare import compare
from backoffice.services.transitions import move
from models import LedgerAccount, ProviderBooking, ReconRun
from models.ledger import AccountKind
from models.operation import QueueName
from models.recon import ReconRunStatus as Status

#: What wakes and logs call it.
KIND: Final = "recon_run"
#: How long after its end a day is compared: by then what happened late in it was told to us.
REST: Final = dt.timedelta(hours=6)
#: What is asked for at once.
STEP: Final = dt.timedelta(hours=6)
#: The days before and after are asked for too, since the two sides seldom have the very same time.
_AROUND: Final = dt.timedelta(days=1)
#: After an outage, so many days are caught up with.
_CATCH_UP: Final = 7
_OPEN: Final = (Status.PENDING, Status.RUNNING)
_ACTING: Final = Acting.system("reconciliation")


def plan(session: Session) -> None:
    """A run for yesterday in every currency that may have money at the provider, and for days that were left out."""
    session.execute(_PLAN, {"rest": REST, "catch_up": _CATCH_UP})


_PLAN: Final = sa.text("""
    INSERT INTO recon_runs (day, currency, queue, run_after, due_since)
    SELECT day, currency, 'money', day + interval '1 day' + :rest, day + interval '1 day' + :rest
    FROM (SELECT currency, (now() AT TIME ZONE 'UTC')::date - 1 AS yesterday FROM ledger_accounts
        WHERE kind = 'psp_clearing') AS known
    CROSS JOIN LATERAL generate_series(
        greatest(coalesce((SELECT max(day) + 1 FROM recon_runs AS r WHERE r.currency = known.currency), yesterday),
            yesterday - :catch_up + 1)::timestamp, yesterday::timestamp, interval '1 day') AS day
    ON CONFLICT (day, currency) DO NOTHING""").bindparams(
    sa.bindparam("rest", type_=sa.Interval()), sa.bindparam("catch_up", type_=sa.Integer())
)


def request(session: Session, day: dt.date) -> list[str]:
    """Compare a day now, again if it was compared before; its currencies. Raises `DomainError` for one not over."""
    moment = session.scalars(sa.select(NOW)).one()
    if day >= moment.astimezone(dt.UTC).date():
        raise DomainError("That day is not over yet (days are in UTC).", code="day_not_over")
    known = sa.select(sa.literal(day), LedgerAccount.currency, sa.literal(QueueName.MONEY.value)).where(
        LedgerAccount.kind == AccountKind.PSP_CLEARING
    )
    session.execute(
        insert(ReconRun)
        .from_select(["day", "currency", "queue"], known, include_defaults=False)
        .on_conflict_do_nothing()
    )
    found = session.scalars(
        sa.select(ReconRun).where(ReconRun.day == day).order_by(ReconRun.currency).with_for_update()
    ).all()
    for run in found:
        if run.status not in _OPEN:
            move(session, run, Status.PENDING, acting=_ACTING, values={"fetched_until": None, "attempts": 0})
        run.due_since = moment
        run.run_after = moment + operations.FIRST_LOOK
        queue.wake_after_commit(session, run.queue, KIND, run.id)
    session.flush()
    return [run.currency for run in found]


def claim(session: Session, run_id: uuid.UUID, lease: dt.timedelta) -> ReconRun | None:
    """Take the run when it is due and nobody has it; None otherwise (JOB-2)."""
    found = leases.waiting(session, ReconRun, run_id, ReconRun.status.in_(_OPEN))
    if found is None:
        return None
    run, moment = found
    leases.take(run, moment, lease)
    if run.status is Status.PENDING:
        move(session, run, Status.RUNNING, acting=_ACTING, values={"started_at": moment})
    session.flush()
    return run


def window(run: ReconRun) -> tuple[dt.datetime, dt.datetime] | None:
    """From when to when the provider has to be asked next; None when all of it is here."""
    assert run.started_at is not None  # noqa: S101 - claim() has set it
    day = dt.datetime.combine(run.day, dt.time(), dt.UTC)
    end = min(day + dt.timedelta(days=1) + _AROUND, run.started_at)
    since = run.fetched_until or day - _AROUND
    return (since, min(since + STEP, end)) if since < end else None


def store(session: Session, run: ReconRun, bookings: Sequence[ProviderTransaction], until: dt.datetime) -> ReconRun:
    """Keep what the provider booked up to `until`; what is here already is left alone. Raises `LeaseLostError`."""
    row = leases.held(session, run)
    given = rows.table(
        "given",
        _BOOKING,
        [
            {
                "booking_id": one.id,
                "provider_id": one.provider_id,
                "type": one.type,
                "net": one.net,
                "currency": one.currency,
                "booked_at": one.created,
            }
            for one in bookings
        ],
    )
    columns = list(_BOOKING)
    session.execute(
        insert(ProviderBooking)
        .from_select(columns, sa.select(*(given.c[name] for name in columns)), include_defaults=False)
        .on_conflict_do_nothing(index_elements=["booking_id"])
    )
    row.fetched_until = until
    session.flush()
    return row


_BOOKING: Final = {
    "booking_id": sa.Text(),
    "provider_id": sa.Text(),
    "type": sa.Text(),
    "net": sa.Numeric(19, 4),
    "currency": sa.Text(),
    "booked_at": sa.DateTime(timezone=True),
}


def finish(session: Session, run: ReconRun) -> ReconRun:
    """Compare, write down what differs, and end the run. Raises `LeaseLostError`."""
    row = leases.held(session, run)
    figures = compare(session, row)
    differing = figures["differing"] or {}
    moment = session.scalars(sa.select(NOW)).one()
    values = {
        "ours": figures["ours"],
        "theirs": figures["theirs"],
        "counts": {"matched": figures["matched"], "explained": figures["explained"], **differing},
        "unexplained": sum(differing.values()),
        "finished_at": moment,
        "last_error": None,
        "attempts": 0,
    }
    leases.give_back(row, moment)
    move(session, row, Status.DONE, acting=_ACTING, values=values)
    session.flush()
    return row


def pause(session: Session, run: ReconRun) -> None:
    """Another worker goes on at once where this one stopped. Raises `LeaseLostError`."""
    row = leases.held(session, run)
    row.attempts = 0
    leases.give_back(row, session.scalars(sa.select(NOW)).one())
    queue.wake_after_commit(session, row.queue, KIND, row.id)
    session.flush()


def again(session: Session, run: ReconRun, why: str, *, attempts: int | None = None) -> None:
    """Go on later; after so many `attempts` the run has failed, for a person to see. Raises `LeaseLostError`."""
    row = leases.held(session, run)
    row.last_error = why
    leases.give_back(row, session.scalars(sa.select(NOW)).one() + leases.backoff(row.attempts))
    if attempts is not None and row.attempts >= attempts:
        move(session, row, Status.FAILED, acting=_ACTING, reason=why)
    session.flush()


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of the runs whose time has come."""
    return leases.due(session, ReconRun, ReconRun.status.in_(_OPEN), limit=limit, again=again)
