"""The life of an operation: who may see and lock it, how it moves, how it ends and who is told (B12, JOB-1, JOB-4).

Moves of operations and approvals leave history rows. Moves of items do not: the item itself says what came of it, and
ten thousand of them may move in one statement.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.services import scope, transitions
from backoffice.services.notifications import notify
from models import Operation, OperationItem
from models.notification import NotificationType
from models.operation import OperationItemStatus as Item
from models.operation import OperationStatus

#: What wakes and logs call an operation.
KIND: Final = "operation"
#: How long the wake that leaves with the commit has, before the relay wakes too.
FIRST_LOOK: Final = dt.timedelta(seconds=2)
#: How long a decision of a review queue can be taken back before a worker has it.
TAKE_BACK: Final = dt.timedelta(seconds=6)
#: Nothing more happens in these by itself.
FINAL: Final = frozenset(OperationStatus) - {
    OperationStatus.AWAITING_APPROVAL,
    OperationStatus.QUEUED,
    OperationStatus.RUNNING,
}
_WORDS: Final = {
    Item.SUCCEEDED: "done",
    Item.REFUSED: "refused",
    Item.FAILED: "failed",
    Item.NEEDS_ATTENTION: "to look at",
    Item.CANCELLED: "cancelled",
    Item.SKIPPED: "skipped",
}


def first_look() -> sa.ColumnElement[dt.datetime]:
    """When the relay first looks at an operation that has just been queued."""
    return NOW + FIRST_LOOK


def get(session: Session, operation_id: uuid.UUID, acting: Acting, *, lock: bool = False) -> Operation:
    """The operation, as far as this person may see it. Raises `NotFoundError`."""
    operation: Operation = scope.get_visible(session, Operation, operation_id, acting, lock=lock)
    return operation


def targets(session: Session, operation: Operation) -> list[tuple[uuid.UUID, int | None]]:
    """Every target that is to go ahead, with the version it is held to."""
    statement = sa.select(OperationItem.target_id, OperationItem.target_version)
    return list(session.execute(statement.where(going_ahead(operation.id))))


def going_ahead(operation_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """Items of the operation but for those that were left out when it was submitted."""
    return sa.and_(OperationItem.operation_id == operation_id, OperationItem.status != Item.SKIPPED)


def leave_out(session: Session, operation_id: uuid.UUID, refused: Mapping[uuid.UUID, str]) -> None:
    """Skip queued targets for good, each with its reason: nobody is asked to agree to them (PAY-5)."""
    for target, why in refused.items():
        session.execute(
            sa.update(OperationItem)
            .where(OperationItem.operation_id == operation_id, OperationItem.target_id == target)
            .values(status=Item.SKIPPED, code="left_out", message=why, finished_at=NOW)
            .execution_options(synchronize_session=False)
        )


def counts(session: Session, operation_id: uuid.UUID) -> Mapping[Item, int]:
    """How many items are in each status; statuses without items are left out."""
    statement = (
        sa.select(OperationItem.status, sa.func.count())
        .where(OperationItem.operation_id == operation_id)
        .group_by(OperationItem.status)
    )
    return dict(session.execute(statement).all())


def move(
    session: Session,
    operation: Operation,
    to: OperationStatus,
    *,
    acting: Acting,
    actor: Actor | None = None,
    reason: str | None = None,
) -> None:
    """Move a locked operation; the time of its end is kept with it. Raises `IllegalTransitionError`."""
    if operation.status.allows(to):
        operation.finished_at = NOW if to in FINAL else None
    transitions.move(session, operation, to, acting=acting, actor=actor, reason=reason)


def drop_items(session: Session, operation_id: uuid.UUID, to: Item, message: str, *, untouched: bool = False) -> int:
    """Cancel or skip what is still queued; returns how many. `untouched` spares what a provider was asked (JOB-5)."""
    statement = (
        sa.update(OperationItem)
        .where(OperationItem.operation_id == operation_id, OperationItem.status == Item.QUEUED)
        .values(status=to, message=message, finished_at=NOW)
    )
    if untouched:
        statement = statement.where(OperationItem.code.is_(None))
    return session.execute(statement.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined,no-any-return]


def end(session: Session, operation: Operation, found: Mapping[Item, int], *, label: str, acting: Acting) -> None:
    """Move a running operation whose items are all over to its end, and tell its maker; `found` are its counts.

    Cancelled when the rest was cancelled; else succeeded, partial or failed by what the items became (JOB-4).
    """
    done = found.get(Item.SUCCEEDED, 0)
    if operation.cancel_requested and found.get(Item.CANCELLED):
        to = OperationStatus.CANCELLED
    elif done == operation.total:
        to = OperationStatus.SUCCEEDED
    else:
        to = OperationStatus.PARTIAL if done else OperationStatus.FAILED
    operation.lease_token = operation.leased_until = None
    move(session, operation, to, acting=acting, actor=Actor.SYSTEM)
    if to is OperationStatus.SUCCEEDED and "review" in (operation.selection or {}):
        # Whoever decides two hundred things one after the other is told of what did not work only.
        return
    tell_maker(
        session,
        operation,
        title=f"{label}: {to.label.lower()}",
        message=summary(found),
        severity=NotificationType.SUCCESS if to is OperationStatus.SUCCEEDED else NotificationType.WARNING,
        dedup=f"end-{operation.attempts}",
    )


def summary(found: Mapping[Item, int]) -> str:
    """Counts in words, such as "12 done, 3 refused"."""
    return ", ".join(f"{found[status]:,} {words}" for status, words in _WORDS.items() if found.get(status)) + "."


def tell_maker(
    session: Session,
    operation: Operation,
    *,
    title: str,
    message: str,
    severity: NotificationType = NotificationType.INFO,
    dedup: str | None = None,
) -> None:
    """Notify the person who submitted the operation."""
    notify(
        session,
        [operation.actor_id],
        event="operation.finished" if operation.status in FINAL else "operation.decided",
        title=title[:200],
        message=message,
        subject=("operation", operation.id),
        severity=severity,
        dedup=dedup,
    )
