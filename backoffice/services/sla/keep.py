"""When the next target of a dispute is missed, written beside it so that lists can be sorted by it (DSP-6).

The times follow from events, never from the time that has passed, so they are the same whoever writes them and when:
with the change that moves them, and by the sweep for what came from outside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services.sla import facts, policies
from backoffice.services.sla.clock import Reading, SlaState
from models import Dispute
from models.base import EnumText
from models.dispute import NEVER, DisputeStatus

RUNNING = (DisputeStatus.OPEN, DisputeStatus.IN_REVIEW)


def refresh(session: Session, dispute: Dispute) -> None:
    """Write the times of `dispute` (read locked) anew; whoever changes what they follow from calls this."""
    session.flush()
    readings = facts.load(session, [dispute])[dispute.id].readings(
        policies.load(session), session.scalars(sa.select(NOW)).one()
    )
    note(dispute, readings)
    session.flush()


def note(dispute: Dispute, readings: Sequence[Reading]) -> None:
    """Write the times of the target that is missed first; what equals what is there is no change."""
    if is_old(dispute, readings):
        dispute.due_at, dispute.due_soon_at = _times(dispute, readings)


def is_old(dispute: Dispute, readings: Sequence[Reading]) -> bool:
    """Whether the times beside the dispute are not those of `readings`."""
    return (dispute.due_at, dispute.due_soon_at) != _times(dispute, readings)


def _times(dispute: Dispute, readings: Sequence[Reading]) -> tuple[dt.datetime, dt.datetime]:
    return _next(readings) if dispute.status in RUNNING else (NEVER, NEVER)


_RUNS = Dispute.status.in_(RUNNING)
_CLOCK_RUNS = sa.and_(_RUNS, Dispute.due_at >= NOW, Dispute.due_at < NEVER)
#: The disputes of each state in SQL, for filters: as conditions, so that an index on the times finds the few.
CLAUSES: Mapping[SlaState, sa.ColumnElement[bool]] = {
    SlaState.BREACHED: sa.and_(_RUNS, Dispute.due_at < NOW),
    SlaState.WAITING: sa.and_(_RUNS, Dispute.due_at == NEVER),
    SlaState.DUE_SOON: sa.and_(_CLOCK_RUNS, Dispute.due_soon_at <= NOW),
    SlaState.ON_TIME: sa.and_(_CLOCK_RUNS, Dispute.due_soon_at > NOW),
}


def state() -> sa.ColumnElement[Any]:
    """The state of a dispute in SQL, for lists; null for one that is decided."""
    kind: Any = EnumText(SlaState)
    return sa.type_coerce(sa.case(*((clause, state.value) for state, clause in CLAUSES.items())), kind)


def _next(readings: Sequence[Reading]) -> tuple[dt.datetime, dt.datetime]:
    known = [
        (one.due_at, one.due_soon_at or one.due_at) for one in readings if one.met_at is None and one.due_at is not None
    ]
    return min(known, default=(NEVER, NEVER))
