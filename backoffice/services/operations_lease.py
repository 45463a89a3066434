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
from backoffice.services import leases, operations
from backoffice.services.leases import MAX_ATTEMPTS, LeaseLostError
from models import Operation, OperationItem
from models.operation import OperationItemStatus as Item
from models.operation import OperationStatus

_OPEN: Final = (OperationStatus.QUEUED, OperationStatus.RUNNING)
_LOST = "Work on it ended without a word; it is tried again."
_GIVEN_UP = f"It ended work without a word {MAX_ATTEMPTS} times."


def claim(session: Session, operation_id: uuid.UUID, lease: dt.timedelta) -> Operation | None:
    """Take the operation when it is due and nobody has it; None otherwise (JOB-2).

    What the last holder left running is queued again, or given to a person after too many attempts.
    """
    statement = (
        sa.select(Operation, NOW)
        .where(
            Operation.id == operation_id,
            Operation.status.in_(_OPEN),
            leases.free(Operation),
        )
        .with_for_update(of=Operation, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        return None
    operation, moment = found
    operation.started_at = operation.started_at or moment
    leases.take(operation, moment, lease)
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
    leases.give_back(operation, max(moment, earliest or moment))
    session.flush()
    return operation.run_after <= moment


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of operations that wait for a worker; each is looked at again after `again` (JOB-1)."""
    return leases.due(session, Operation, Operation.status.in_(_OPEN), limit=limit, again=again)


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
