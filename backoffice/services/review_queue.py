"""Working through a review queue together: nobody is offered what somebody else has, or has decided (I8).

An item is held for `LEASE` from the last sign of life of its page. A decision hands it to the operation that carries
it out: when that ends, the item is gone from the queue, or free again because it was refused.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError
from backoffice.services import scope
from backoffice.services.guards import require, require_person
from backoffice.services.operations import FINAL
from backoffice.services.review_queues import ReviewQueue
from models import Operation, ReviewLease, User

LEASE: Final = dt.timedelta(seconds=90)
#: Leases are deleted when they have been over for so long; nobody asks about them any more.
_KEPT: Final = dt.timedelta(days=1)
#: How often another one is looked for, when somebody was faster.
_TRIES: Final = 20
_ONE_AT_A_TIME: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:person, 57))")
_NOT_YOURS: Final = "You may not review this."
_LOST: Final = "You left this too long, and somebody else has it now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody else in the queue, with how many items."""

    name: str
    items: int


def take_next(
    session: Session, queue: ReviewQueue, acting: Acting, *, past: uuid.UUID | None = None, back: bool = False
) -> uuid.UUID | None:
    """Take the oldest item that nobody has, or the person's own; None when there is none.

    `past` is an item that the person has seen: the next one after it, or the one before it with `back`.
    """
    require(acting, queue.permission, _NOT_YOURS)
    holder = require_person(acting)
    # One at a time of a person: what a page fetches ahead would be passed over by the key pressed at that moment.
    session.execute(_ONE_AT_A_TIME, {"person": str(holder)})
    for _ in range(_TRIES):
        found: uuid.UUID | None = session.scalar(_candidate(queue, acting, holder, past, back=back))
        if found is None:
            return None
        if _take(session, queue, found, holder):
            return found
    return None


def take(session: Session, queue: ReviewQueue, target: uuid.UUID, acting: Acting) -> None:
    """Hold this item, or hold it on. Raises `DomainError` "taken" when somebody else has it, or has decided."""
    require(acting, queue.permission, _NOT_YOURS)
    if not _take(session, queue, target, require_person(acting)):
        raise DomainError(_LOST, code="taken")


def renew(session: Session, queue: ReviewQueue, acting: Acting) -> int:
    """Hold on to what the person has there; returns how many items that is."""
    mine = sa.update(ReviewLease).where(*_mine(queue, acting)).values(leased_until=NOW + LEASE)
    return _count(session, mine)


def give_back(session: Session, queue: ReviewQueue, acting: Acting, target: uuid.UUID | None = None) -> int:
    """Let others have what this person has not decided, or `target` of it; returns how many items that is."""
    mine = sa.delete(ReviewLease).where(*_mine(queue, acting))
    if target is not None:
        mine = mine.where(ReviewLease.target_id == target)
    return _count(session, mine)


def decided(session: Session, queue: ReviewQueue, target: uuid.UUID, operation_id: uuid.UUID, acting: Acting) -> None:
    """Hand the item, which the person has, to the operation that carries the decision out."""
    own = (ReviewLease.queue == queue.key, ReviewLease.target_id == target, ReviewLease.holder_id == acting.user_id)
    statement = sa.update(ReviewLease).where(*own).values(operation_id=operation_id, leased_until=NOW)
    if not _count(session, statement):
        raise DomainError(_LOST, code="taken")


def last_decision(session: Session, queue: ReviewQueue, acting: Acting) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Item and operation of the person's newest decision there that has not begun; None when there is none."""
    statement = (
        sa.select(ReviewLease.target_id, Operation.id)
        .join(Operation, Operation.id == ReviewLease.operation_id)
        .where(
            ReviewLease.queue == queue.key,
            ReviewLease.holder_id == acting.user_id,
            Operation.started_at.is_(None),
            Operation.status.not_in(FINAL),
        )
        .order_by(Operation.created_at.desc(), Operation.id.desc())
        .limit(1)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1])


def present(session: Session, queue: ReviewQueue, acting: Acting) -> Sequence[Present]:
    """Who else is in the queue now."""
    name = User.first_name + " " + User.last_name
    others = (
        sa.select(name, sa.func.count())
        .join(ReviewLease, ReviewLease.holder_id == User.id)
        .where(ReviewLease.queue == queue.key, ReviewLease.leased_until > NOW, User.id != acting.user_id)
        .group_by(User.id)
        .order_by(name)
    )
    return [Present(name=who, items=items) for who, items in session.execute(others)]


def count(session: Session, queue: ReviewQueue, acting: Acting, *, limit: int) -> int:
    """How many items wait, counted no further than `limit`; those that are decided are not counted."""
    rows: sa.Select[Any] = (
        sa.select(sa.literal_column("1")).select_from(queue.entity).where(*_waiting(queue, acting), ~_decided(queue))
    )
    return session.scalars(sa.select(sa.func.count()).select_from(rows.limit(limit).subquery())).one()


def prune(session: Session, *, limit: int = 10_000) -> int:
    """Delete leases that were over a day ago; says how many. One whose decision is still on its way holds its item.

    A lease that somebody takes anew at this moment, or that another sweep deletes, is left to them.
    """
    old = (
        sa.select(ReviewLease.queue, ReviewLease.target_id)
        .where(ReviewLease.leased_until < NOW - _KEPT, ~_on_its_way())
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    same = (ReviewLease.queue == old.c.queue, ReviewLease.target_id == old.c.target_id)
    return _count(session, sa.delete(ReviewLease).where(*same))


def _waiting(queue: ReviewQueue, acting: Acting) -> tuple[sa.ColumnElement[bool], ...]:
    return queue.waiting(), scope.predicate(queue.entity, acting)


def _decided(queue: ReviewQueue) -> sa.ColumnElement[bool]:
    """Items whose decision is on its way."""
    entity: Any = queue.entity
    return sa.exists().where(
        ReviewLease.queue == queue.key,
        ReviewLease.target_id == entity.id,
        ReviewLease.operation_id == Operation.id,
        Operation.status.not_in(FINAL),
    )


def _held(holder: uuid.UUID) -> sa.ColumnElement[bool]:
    """Leases that keep `holder` away."""
    others = sa.and_(ReviewLease.leased_until > NOW, ReviewLease.holder_id != holder)
    return sa.or_(others, _on_its_way())


def _on_its_way() -> sa.ColumnElement[bool]:
    """Leases whose decision is not carried out."""
    # No EXISTS: the conflict of an INSERT has nothing that it could be correlated with.
    under_way = sa.select(Operation.id).where(Operation.status.not_in(FINAL))
    return sa.and_(ReviewLease.operation_id.is_not(None), ReviewLease.operation_id.in_(under_way))


def _candidate(
    queue: ReviewQueue, acting: Acting, holder: uuid.UUID, past: uuid.UUID | None, *, back: bool
) -> sa.Select[Any]:
    """The first item that is free; what somebody is about to take is passed over."""
    entity: Any = queue.entity
    taken = sa.exists().where(ReviewLease.queue == queue.key, ReviewLease.target_id == entity.id, _held(holder))
    place = sa.tuple_(entity.created_at, entity.id)
    statement = sa.select(entity.id).where(*_waiting(queue, acting), ~taken)
    if past is not None:
        there = sa.select(entity.created_at, entity.id).where(entity.id == past).scalar_subquery()
        statement = statement.where(place < there if back else place > there)
    order = (entity.created_at.desc(), entity.id.desc()) if back else (entity.created_at, entity.id)
    return statement.order_by(*order).limit(1).with_for_update(of=entity, skip_locked=True)


def _take(session: Session, queue: ReviewQueue, target: uuid.UUID, holder: uuid.UUID) -> bool:
    """Whether the lease could be had; the key of the table decides between two who want it at once."""
    values = {"holder_id": holder, "taken_at": NOW, "leased_until": NOW + LEASE, "operation_id": None}
    statement = (
        insert(ReviewLease)
        .values(queue=queue.key, target_id=target, **values)
        .on_conflict_do_update(index_elements=["queue", "target_id"], set_=values, where=~_held(holder))
        .returning(ReviewLease.target_id)
    )
    return session.execute(statement).first() is not None


def _mine(queue: ReviewQueue, acting: Acting) -> tuple[sa.ColumnElement[bool], ...]:
    """The person's leases there that are undecided."""
    return (
        ReviewLease.queue == queue.key,
        ReviewLease.holder_id == acting.user_id,
        ReviewLease.operation_id.is_(None),
    )


def _count(session: Session, statement: Any) -> int:
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)
