"""Items of an operation in the worker's hands: taken in batches, settled in one statement a batch (B12, JOB-4)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services import rows
from models import OperationItem
from models.operation import OperationItemStatus as Item

#: Code of an item whose intention is committed: from here on a provider may have been asked (JOB-5, M3).
BEGUN: Final = "begun"
_OUTCOME: Final = {
    "position": sa.Integer(),
    "status": sa.String(32),
    "code": sa.String(64),
    "message": sa.Text(),
    "delay": sa.Interval(),
    "given_back": sa.Integer(),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """An item in the worker's hands. `attempts` counts this one; `begun` when its intention is committed already."""

    position: int
    target_id: uuid.UUID
    version: int | None
    attempts: int
    begun: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of an item; a queued one comes back after `delay`. Unless it `counts`, this was no attempt."""

    status: Item
    message: str
    code: str | None = None
    delay: dt.timedelta = dt.timedelta(0)
    counts: bool = True


def take(session: Session, operation_id: uuid.UUID, size: Callable[[int], int]) -> list[Taken]:
    """Take the next due items, fresh ones first; `size` says how many, given the attempts they have had.

    What failed before comes later and in smaller batches, so that one bad item cannot hold up the others.
    """
    taken = _take(session, operation_id, 0, size(0))
    if taken:
        return taken
    attempts = session.scalars(sa.select(sa.func.min(OperationItem.attempts)).where(*_due(operation_id))).one()
    return [] if attempts is None else _take(session, operation_id, attempts, size(attempts))


def settle(session: Session, operation_id: uuid.UUID, outcomes: Mapping[int, Outcome]) -> None:
    """Write what became of running items, in one UPDATE. Items that are not running any more stay as they are."""
    new = rows.table("new", _OUTCOME, (_row(position, outcome) for position, outcome in outcomes.items()))
    is_queued = new.c.status == Item.QUEUED.value
    # While an item is open its code says one thing only: whether its intention is committed.
    code = sa.case(
        (is_queued, OperationItem.code),
        (
            new.c.status == Item.NEEDS_ATTENTION.value,
            sa.case((OperationItem.code.is_not(None), sa.func.coalesce(new.c.code, OperationItem.code))),
        ),
        else_=new.c.code,
    )
    session.execute(
        sa.update(OperationItem)
        .where(
            OperationItem.operation_id == operation_id,
            OperationItem.position == new.c.position,
            OperationItem.status == Item.RUNNING,
        )
        .values(
            status=new.c.status,
            attempts=OperationItem.attempts - new.c.given_back,
            code=code,
            message=new.c.message,
            run_after=sa.case((is_queued, NOW + new.c.delay), else_=None),
            finished_at=sa.case((is_queued, None), else_=NOW),
        )
        .execution_options(synchronize_session=False)
    )


def _row(position: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "position": position,
        "status": outcome.status.value,
        "code": outcome.code,
        "message": outcome.message,
        "delay": f"{outcome.delay.total_seconds()} seconds",
        "given_back": int(not outcome.counts),
    }


def put_back(session: Session, operation_id: uuid.UUID, items: Sequence[Taken]) -> None:
    """Queue items that were taken but not begun, as if they had never been taken."""
    session.execute(
        sa.update(OperationItem)
        .where(
            OperationItem.operation_id == operation_id,
            OperationItem.position.in_([item.position for item in items]),
            OperationItem.status == Item.RUNNING,
        )
        .values(status=Item.QUEUED, attempts=OperationItem.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def mark_begun(session: Session, operation_id: uuid.UUID, item: Taken) -> None:
    """Note, in the transaction that commits the intention, that a provider may be asked from now on."""
    session.execute(
        sa.update(OperationItem)
        .where(OperationItem.operation_id == operation_id, OperationItem.position == item.position)
        .values(code=BEGUN)
        .execution_options(synchronize_session=False)
    )


def untouched(session: Session, operation_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The targets of queued items that have not begun."""
    return session.scalars(
        sa.select(OperationItem.target_id).where(
            OperationItem.operation_id == operation_id,
            OperationItem.status == Item.QUEUED,
            OperationItem.code.is_distinct_from(BEGUN),
        )
    ).all()


def refuse_rest(session: Session, operation_id: uuid.UUID, message: str, *, code: str = "forbidden") -> None:
    """Refuse every queued item that has not begun, through `running`, as B12 wants it.

    The rights are gone (JOB-3), or what all of them need is not there (PAY-7).
    """
    untouched = sa.update(OperationItem).where(OperationItem.operation_id == operation_id, OperationItem.code.is_(None))
    for statement in (
        untouched.where(OperationItem.status == Item.QUEUED).values(status=Item.RUNNING),
        untouched.where(OperationItem.status == Item.RUNNING).values(
            status=Item.REFUSED, code=code, message=message, finished_at=NOW
        ),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def _due(operation_id: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        OperationItem.operation_id == operation_id,
        OperationItem.status == Item.QUEUED,
        sa.or_(OperationItem.run_after.is_(None), OperationItem.run_after <= NOW),
    )


def _take(session: Session, operation_id: uuid.UUID, attempts: int, size: int) -> list[Taken]:
    found = (
        sa.select(OperationItem.position)
        .where(*_due(operation_id), OperationItem.attempts == attempts)
        .order_by(OperationItem.position)
        .limit(size)
    )
    item = OperationItem
    # An array, because PostgreSQL expects few items and would compare all of a join with all.
    statement = (
        sa.update(item)
        .where(item.operation_id == operation_id, item.position == sa.any_(sa.func.array(found.scalar_subquery())))
        .values(status=Item.RUNNING, attempts=item.attempts + 1)
        .returning(item.position, item.target_id, item.target_version, item.attempts, item.code)
        .execution_options(synchronize_session=False)
    )
    return sorted(
        (
            Taken(row.position, row.target_id, row.target_version, row.attempts, row.code is not None)
            for row in session.execute(statement)
        ),
        key=lambda taken: taken.position,
    )
