"""Rows that a worker takes for a while (`models.operation.Leased`): who may take one, which are due (J10, JOB-1)."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW

Row = TypeVar("Row")

#: How often a row, or an item of one, is begun before a person must look at it (J12).
MAX_ATTEMPTS: Final = 8
_FIRST_DELAY: Final = dt.timedelta(seconds=2)
_LONGEST_DELAY: Final = dt.timedelta(minutes=10)
#: What the person who asked for something is told when only the log knows more.
GIVEN_UP: Final = "Something went wrong on our side. It is in the log."


class LeaseLostError(Exception):
    """Another worker has the row now: whatever this one still holds must not be written."""


def free(entity: type[Any]) -> sa.ColumnElement[bool]:
    """Rows that nobody holds."""
    return sa.or_(entity.leased_until.is_(None), entity.leased_until < NOW)


def waiting(
    session: Session, entity: type[Row], row_id: uuid.UUID, *unfinished: sa.ColumnElement[bool]
) -> tuple[Row, dt.datetime] | None:
    """The row, locked, and the moment, when it is due and nobody has it; None otherwise (JOB-2)."""
    kind: Any = entity
    found = session.execute(
        sa.select(kind, NOW)
        .where(kind.id == row_id, *unfinished, kind.due_since <= NOW, free(kind))
        .with_for_update(of=kind, skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def take(row: Any, moment: dt.datetime, lease: dt.timedelta) -> uuid.UUID:
    """Hold `row` (read locked) from `moment` on for the length of `lease`; returns the token that proves it."""
    token = uuid.uuid4()
    row.lease_token = token
    row.leased_until = row.run_after = row.due_since = moment + lease
    row.attempts += 1
    return token


def held(session: Session, taken: Row) -> Row:
    """What a worker took, read anew and locked, if that worker still has it. Raises `LeaseLostError`."""
    kind: Any = type(taken)
    one: Any = taken
    own = sa.select(kind).where(kind.id == one.id, kind.lease_token == one.lease_token)
    row: Row | None = session.scalars(own.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise LeaseLostError(f"{kind.__tablename__} {one.id}")
    return row


def keep(session: Session, row: Any, lease: dt.timedelta) -> None:
    """Hold `row` (read locked) for the length of `lease` from now on."""
    row.leased_until = row.run_after = row.due_since = session.scalars(sa.select(NOW)).one() + lease
    session.flush()


def give_back(row: Any, run_after: dt.datetime) -> None:
    """Hold `row` no longer; somebody should have it at `run_after`."""
    row.lease_token = row.leased_until = None
    row.run_after = row.due_since = run_after


def due(
    session: Session, entity: type[Any], *unfinished: sa.ColumnElement[bool], limit: int, again: dt.timedelta
) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of the `unfinished` rows that wait for a worker; each is looked at again after `again` (JOB-1)."""
    found = (
        sa.select(entity.id)
        .where(*unfinished, entity.run_after <= NOW, free(entity))
        .order_by(entity.run_after)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("found")
    )
    statement = (
        sa.update(entity)
        .where(entity.id == found.c.id)
        .values(run_after=NOW + again)
        .returning(entity.queue, entity.id)
        .execution_options(synchronize_session=False)
    )
    return [(row.queue.value, row.id) for row in session.execute(statement)]


def backoff(attempts: int, longest: dt.timedelta = _LONGEST_DELAY) -> dt.timedelta:
    """How long to wait after so many attempts: 2 s, doubled each time up to `longest`, give or take a half (J12)."""
    doubled = min(_FIRST_DELAY.total_seconds() * 2 ** min(max(0, attempts - 1), 20), longest.total_seconds())
    return dt.timedelta(seconds=doubled * (50 + secrets.randbelow(100)) / 100)
