"""Who works on an operation: leases by the database's clock, with a token that only the holder knows (J10)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.services import operations
from models import Operation, OperationItem
from models.operation import OperationItemStatus as Item
from models.operation import OperationStatus

#: How often an item is begun before a person must look at it (J12).
MAX_ATTEMPTS: Final = 8
_LOST = "Work on it ended without a word; it is tried again."
_GIVEN_UP = f"It ended work without a word {MAX_ATTEMPTS} times."


class LeaseLostError(Exception):
    """Another worker has the operation now: whatever this one still holds must not be written."""


def claim(session: Session, operation_id: uuid.UUID, lease: dt.timedelta) -> Operation | None:
    """Take the operation when it is due and nobody has it; None otherwise (JOB-2).

    What the last holder left running is queued again, or given to a person after too many attempts.
    """
    statement = (
        sa.select(Operation, NOW)
        .where(
            Operation.id == operation_id,
            Operation.status.in_([OperationStatus.QUEUED, OperationStatus.RUNNING]),
            sa.or_(Operation.leased_until.is_(None), Operation.leased_until < NOW),
        )
        .with_for_update(of=Operation, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        return None
    operation, moment = found
    operation.started_at = operation.started_at or moment
    operation.lease_token = uuid.uuid4()
    operation.leased_until = operation.run_after = operation.due_since = moment + lease
    operation.attempts += 1
    if operation.status is OperationStatus.QUEUED:
        system = Acting.system(request_id=operation.request_id)
        operations.move(session, operation, OperationStatus.RUNNING, acting=system, actor=Actor.SYSTEM)
    session.flush()
    if operation.attempts > 1:
        _recover(session, operation_id)
    return operation


def renew(session: Session, operation_id: uuid.UUID, token: uuid.UUID, lease: dt.timedelta) -> bool:
    """Extend the lease and keep the row locked until the commit; says whether somebody asked to cancel the rest.

    Because of the lock nobody can take the operation while a transaction writes. Raises `LeaseLostError`.
    """
    row = session.execute(
        sa.update(Operation)
        .where(Operation.id == operation_id, Operation.lease_token == token)
        .values(leased_until=NOW + lease, run_after=NOW + lease, due_since=NOW + lease)
        .returning(Operation.cancel_requested)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        raise LeaseLostError(f"operation {operation_id}")
    return bool(row.cancel_requested)


def hand_back(session: Session, operation: Operation) -> bool:
    """Give up the lease while items are left; True when some of them are due at once."""
    moment = session.scalars(sa.select(NOW)).one()
    earliest = session.scalars(
        sa.select(sa.func.min(sa.func.coalesce(OperationItem.run_after, moment))).where(
            OperationItem.operation_id == operation.id, OperationItem.status == Item.QUEUED
        )
    ).one()
    operation.lease_token = operation.leased_until = None
    operation.run_after = operation.due_since = max(moment, earliest or moment)
    session.flush()
    return operation.run_after <= moment


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of operations that wait for a worker; each is looked at again after `again` (JOB-1)."""
    found = (
        sa.select(Operation.id)
        .where(
            Operation.status.in_([OperationStatus.QUEUED, OperationStatus.RUNNING]),
            Operation.run_after <= NOW,
            sa.or_(Operation.leased_until.is_(None), Operation.leased_until < NOW),
        )
        .order_by(Operation.run_after)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("found")
    )
    statement = (
        sa.update(Operation)
        .where(Operation.id == found.c.id)
        .values(run_after=NOW + again)
        .returning(Operation.queue, Operation.id)
        .execution_options(synchronize_session=False)
    )
    return [(row.queue.value, row.id) for row in session.execute(statement)]


def _recover(session: Session, operation_id: uuid.UUID) -> None:
    """Items that the last holder left running."""
    left = sa.update(OperationItem).where(
        OperationItem.operation_id == operation_id, OperationItem.status == Item.RUNNING
    )
    for statement in (
        left.where(OperationItem.attempts >= MAX_ATTEMPTS).values(
            status=Item.NEEDS_ATTENTION, message=_GIVEN_UP, finished_at=NOW
        ),
        left.values(status=Item.QUEUED, message=_LOST, run_after=None),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
