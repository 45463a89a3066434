"""Events that were not delivered: asked for once a day, and when a person says so after an outage (WEB-3).

A period is a row, so that a wake more or less changes nothing (J16). A round asks about the platform and then about
each connected account, whose events are listed with its name only; it may take several runs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.clock import NOW
from backoffice.services import leases, operations
from models import ProviderSweep, VendorProfile
from models.provider_sweep import BACKFILL

#: What wakes and logs call it.
KIND: Final = "provider_sweep"
PERIOD: Final = dt.timedelta(days=1)
#: The provider offers events for so long.
WINDOW: Final = dt.timedelta(days=30)
#: Before the first account comes the platform itself.
PLATFORM: Final = ""
#: Looked at once more, since an event may be listed a little later than it happened.
_OVERLAP: Final = dt.timedelta(minutes=10)


def claim(session: Session, sweep_id: uuid.UUID, lease: dt.timedelta) -> ProviderSweep | None:
    """Take the sweep when it is due and nobody has it; None otherwise (JOB-2)."""
    found = leases.waiting(session, ProviderSweep, sweep_id)
    if found is None:
        return None
    sweep, moment = found
    leases.take(sweep, moment, lease)
    sweep.round_began_at = sweep.round_began_at or moment
    session.flush()
    return sweep


def since(sweep: ProviderSweep) -> dt.datetime:
    """From when on the round asks that is under way."""
    assert sweep.round_began_at is not None  # noqa: S101 - claim() has set it
    oldest = sweep.round_began_at - WINDOW
    return oldest if sweep.covered_until is None else max(oldest, sweep.covered_until - _OVERLAP)


def left(session: Session, sweep: ProviderSweep) -> list[str]:
    """Whom the round still has to ask about."""
    statement = sa.select(VendorProfile.stripe_account_id).where(
        VendorProfile.stripe_account_id > (sweep.position or PLATFORM)
    )
    accounts = [str(account) for account in session.scalars(statement.order_by(VendorProfile.stripe_account_id))]
    return [PLATFORM, *accounts] if sweep.position is None else accounts


def advance(session: Session, sweep: ProviderSweep, position: str) -> None:
    """The round has asked about everybody up to `position`. Raises `LeaseLostError`."""
    leases.held(session, sweep).position = position
    session.flush()


def pause(session: Session, sweep: ProviderSweep) -> None:
    """Another run goes on at once where this one stopped. Raises `LeaseLostError`."""
    row = leases.held(session, sweep)
    row.attempts = 0
    leases.give_back(row, session.scalars(sa.select(NOW)).one())
    queue.wake_after_commit(session, row.queue, KIND, row.id)
    session.flush()


def finish(session: Session, sweep: ProviderSweep) -> None:
    """The round is over: all before it began is here. The next is due after a period. Raises `LeaseLostError`."""
    row = leases.held(session, sweep)
    moment = session.scalars(sa.select(NOW)).one()
    row.covered_until, row.round_began_at, row.position = row.round_began_at, None, None
    row.attempts, row.last_error, row.finished_at = 0, None, moment
    leases.give_back(row, moment + PERIOD)
    session.flush()


def again(session: Session, sweep: ProviderSweep, why: str) -> None:
    """Go on with the round later. Raises `LeaseLostError`."""
    row = leases.held(session, sweep)
    row.last_error = why
    leases.give_back(row, session.scalars(sa.select(NOW)).one() + leases.backoff(row.attempts))
    session.flush()


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id when its time has come."""
    return leases.due(session, ProviderSweep, limit=limit, again=again)


def begin_from(session: Session, moment: dt.datetime) -> None:
    """Begin a round now that asks for everything from `moment` on; what is told twice is nothing."""
    sweep = session.scalars(sa.select(ProviderSweep).where(ProviderSweep.name == BACKFILL).with_for_update()).one()
    sweep.covered_until = moment
    sweep.round_began_at = sweep.position = None
    now = session.scalars(sa.select(NOW)).one()
    leases.give_back(sweep, now)
    sweep.run_after = now + operations.FIRST_LOOK
    session.flush()
    queue.wake_after_commit(session, sweep.queue, KIND, sweep.id)
