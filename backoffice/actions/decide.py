"""What people do to operations that exist: agree, refuse, cancel the rest, try the failed ones again."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions import selection as select
from backoffice.actions.base import Action, External
from backoffice.actions.planning import content_hash, judge, require
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError, SecondPersonError
from backoffice.services import operations, operations_rights, transitions
from models import Approval, Operation, OperationItem
from models.operation import ApprovalStatus, OperationItemStatus, OperationStatus

_CHANGED = "Something changed since this was submitted, so nobody can agree to it; submit it again."


def approve(session: Session, operation_id: uuid.UUID, acting: Acting, note: str | None = None) -> Operation:
    """Agree as the second person, and queue the operation (WHO-1, PAY-5).

    When the targets, their versions, the sums or the inputs are not what was asked for, the approval becomes void and
    the operation that is returned is `rejected`: the maker submits again, so that both always saw the same. Raises
    `SecondPersonError` for the maker, `ForbiddenError`, `IllegalTransitionError` when somebody has decided already.
    """
    note = _storable(note)
    operation, action, approval = _to_decide(session, operation_id, acting)
    maker, refusal = operations_rights.maker(session, operation, action.permission)
    if refusal:
        raise ForbiddenError(refusal)
    if approval.expires_at <= session.scalars(sa.select(NOW)).one():
        raise DomainError("The time to agree is over.", code="expired")
    if approval.content_hash != _content_now(session, action, operation, maker):
        transitions.move(session, approval, ApprovalStatus.VOID, acting=acting, actor=Actor.SYSTEM, reason=_CHANGED)
        _close(session, operation, action, acting, _CHANGED)
        return operation
    _decided(session, approval, ApprovalStatus.APPROVED, acting, note)
    operation.approved_by = approval.decided_by
    operation.approved_at = approval.decided_at
    _queue(session, operation, acting)
    return operation


def reject(session: Session, operation_id: uuid.UUID, acting: Acting, note: str | None = None) -> Operation:
    """Refuse as the second person; `note` says why and reaches the maker. Raises as `approve` does."""
    note = _storable(note)
    if not note:
        raise InvalidInputError("Say why, so that the maker knows.", field="note")
    operation, action, approval = _to_decide(session, operation_id, acting)
    _decided(session, approval, ApprovalStatus.REJECTED, acting, note)
    _close(session, operation, action, acting, note)
    return operation


def cancel(session: Session, operation_id: uuid.UUID, acting: Acting) -> Operation:
    """Cancel what has not begun. Raises `DomainError` "too_late" when nothing is left to cancel (JOB-5).

    A running operation finishes what it has in hand; what a provider was already asked to do goes on to its end.
    """
    operation = _own(session, operation_id, acting)
    action = registry.get(operation.action)
    if operation.status in operations.FINAL:
        raise DomainError("Too late: the operation is over.", code="too_late")
    dropped = operations.drop_items(
        session,
        operation.id,
        OperationItemStatus.CANCELLED,
        f"Cancelled by {acting.name}.",
        untouched=isinstance(action.run, External),
    )
    if not dropped:
        raise DomainError("Too late: everything has begun.", code="too_late")
    operation.cancel_requested = True
    if operation.status is OperationStatus.AWAITING_APPROVAL:
        pending, why = _pending(session, operation), "The operation was cancelled."
        transitions.move(session, pending, ApprovalStatus.VOID, acting=acting, actor=Actor.SYSTEM, reason=why)
    if operation.status is not OperationStatus.RUNNING and dropped == operation.total:
        operations.move(session, operation, OperationStatus.CANCELLED, acting=acting)
    elif operation.lease_token is None:
        # Nobody has it in hand: a worker has to draw the line below it.
        operation.run_after = operation.due_since = NOW
        queue.wake_after_commit(session, operation.queue, operations.KIND, operation.id)
    session.flush()
    return operation


def retry_failed(session: Session, operation_id: uuid.UUID, acting: Acting) -> Operation:
    """Queue the failed items again, and those that need attention (JOB-4, J12).

    A failed item is held to the version its target has now, except under a second person's agreement, which stays bound
    to what they saw. An item whose outcome at a provider is open goes on with the same key. What moves money again is
    for the maker alone, since it happens in the maker's name (WHO-1). What its record's status forbids by now is left:
    a refund that Stripe refused has an action of its own to go on. Raises `DomainError` when nothing can be retried.
    """
    operation = _own(session, operation_id, acting)
    action = registry.get(operation.action)
    require(action, acting)
    failed, open_ = _retriable(operation, action, acting)
    again = sa.update(OperationItem).where(OperationItem.operation_id == operation.id)
    again = again.values(status=OperationItemStatus.QUEUED, attempts=0, run_after=None, finished_at=None)
    fresh: dict[str, Any] = {"code": None, "message": None}
    if not operation.second_person_required:
        entity: Any = action.entity
        version = sa.select(select.version_column(action)).where(entity.id == OperationItem.target_id).scalar_subquery()
        fresh["target_version"] = sa.cast(version, sa.Integer)
    retried = 0
    for statement in (again.where(open_), again.where(failed).values(fresh)):
        result = session.execute(statement.execution_options(synchronize_session=False))
        retried += result.rowcount  # type: ignore[attr-defined]
    if not retried:
        raise DomainError(
            "Nothing here can be tried again as it stands; use the action on the records instead.",
            code="nothing_to_retry",
        )
    _queue(session, operation, acting)
    return operation


def can_retry(session: Session, operation: Operation, acting: Acting) -> bool:
    """Whether `retry_failed` has anything to do for this person."""
    action = registry.get(operation.action)
    if not acting.may(action.permission) or not operation.status.allows(OperationStatus.QUEUED):
        return False
    failed, open_ = _retriable(operation, action, acting)
    items = sa.exists().where(OperationItem.operation_id == operation.id, sa.or_(failed, open_))
    return bool(session.scalar(sa.select(items)))


def _retriable(
    operation: Operation, action: Action, acting: Acting
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """The failed items that this person may begin again, and those that go on where they stopped."""
    entity: Any = action.entity
    failed = OperationItem.status == OperationItemStatus.FAILED
    status = getattr(entity, action.status_attribute, None)
    if action.allowed_from is not None and status is not None:
        failed &= sa.exists().where(entity.id == OperationItem.target_id, status.in_(action.allowed_from))
    if isinstance(action.run, External) and operation.actor_id != acting.user_id:
        failed &= sa.false()
    return failed, OperationItem.status == OperationItemStatus.NEEDS_ATTENTION


def _storable(note: str | None) -> str | None:
    """The note without space around it, None for an empty one. Raises `InvalidInputError`."""
    if note and "\0" in note:
        raise InvalidInputError("This text cannot be stored.", field="note")
    return (note or "").strip() or None


def _own(session: Session, operation_id: uuid.UUID, acting: Acting) -> Operation:
    """The operation, locked, for its maker or a colleague who may use the same action."""
    operation = operations.get(session, operation_id, acting, lock=True)
    if operation.actor_id != acting.user_id:
        require(registry.get(operation.action), acting)
    return operation


def _to_decide(session: Session, operation_id: uuid.UUID, acting: Acting) -> tuple[Operation, Action, Approval]:
    """What waits for a decision that this person may take; locked."""
    operation = operations.get(session, operation_id, acting, lock=True)
    action = registry.get(operation.action)
    permission = action.approve_permission or action.permission
    if not acting.may(permission) or acting.user_id is None:
        raise ForbiddenError(f"You may not agree to this: {action.label}.")
    if acting.user_id == operation.actor_id:
        raise SecondPersonError("You submitted this yourself; somebody else has to decide.")
    if operation.status is not OperationStatus.AWAITING_APPROVAL:
        by = f" by {operations_rights.name_of(session, operation.approved_by)}" if operation.approved_by else ""
        raise IllegalTransitionError(f"This has been decided already{by}: {operation.status.label.lower()}.")
    return operation, action, _pending(session, operation)


def _pending(session: Session, operation: Operation) -> Approval:
    statement = sa.select(Approval).where(
        Approval.operation_id == operation.id, Approval.status == ApprovalStatus.PENDING
    )
    return session.scalars(statement.with_for_update().execution_options(populate_existing=True)).one()


def _content_now(session: Session, action: Action, operation: Operation, maker: Acting) -> str:
    """The hash of what the operation would do now, over current versions and current sums."""
    entity: Any = action.entity
    seen = dict(operations.targets(session, operation))
    among = sa.select(OperationItem.target_id).where(operations.going_ahead(operation.id))
    rows = select.rows(session, action, entity.id.in_(among))
    current = [(row.id, getattr(row, action.version_attribute, None)) for row in rows]
    if len(rows) != len(seen):
        return ""
    totals = judge(session, action, rows, seen, operation.inputs, maker).totals
    return content_hash(operation.action, operation.inputs, current, totals)


def _decided(session: Session, approval: Approval, to: ApprovalStatus, acting: Acting, note: str | None) -> None:
    approval.decided_by = acting.user_id
    approval.decided_at = session.scalars(sa.select(NOW)).one()
    approval.note = note
    transitions.move(session, approval, to, acting=acting, reason=note)


def _close(session: Session, operation: Operation, action: Action, acting: Acting, why: str) -> None:
    """Reject the operation with all its items, and tell the maker."""
    operations.drop_items(session, operation.id, OperationItemStatus.CANCELLED, why)
    operations.move(session, operation, OperationStatus.REJECTED, acting=acting, reason=why)
    operations.tell_maker(session, operation, title=f"{action.label}: not agreed to", message=why)


def _queue(session: Session, operation: Operation, acting: Acting) -> None:
    """Queue it and wake a worker after the commit."""
    operation.cancel_requested = False
    operation.run_after, operation.due_since = operations.first_look(), NOW
    operations.move(session, operation, OperationStatus.QUEUED, acting=acting)
    queue.wake_after_commit(session, operation.queue, operations.KIND, operation.id)
