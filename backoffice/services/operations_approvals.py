"""Approvals outside the hands of people: whether one still holds, and what happens when nobody decides in time."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.services import operations, transitions
from models import Approval, Operation
from models.operation import ApprovalStatus, OperationItemStatus, OperationStatus

_CHANGED = "It is not what the second person agreed to any more."
_EXPIRED = "Nobody agreed in time."


def hold(session: Session, operation: Operation, content_hash: str, refusal: str | None) -> str | None:
    """Why the agreement does not hold, if it does not; the approval is void then (PAY-5, M10).

    `content_hash` is of what the operation would do now, `refusal` is what is wrong with the second person.
    """
    approval = session.scalars(
        sa.select(Approval)
        .where(Approval.operation_id == operation.id, Approval.status == ApprovalStatus.APPROVED)
        .with_for_update()
    ).one_or_none()
    if approval is None:
        return refusal or "A second person has not agreed to this."
    if refusal is None and approval.content_hash != content_hash:
        refusal = _CHANGED
    if refusal is not None:
        system = Acting.system(request_id=operation.request_id)
        transitions.move(session, approval, ApprovalStatus.VOID, acting=system, actor=Actor.SYSTEM, reason=refusal)
    return refusal


def expire(session: Session, *, limit: int = 100) -> int:
    """End the operations for which nobody decided in time, and tell their makers; returns how many."""
    system = Acting.system("scheduler")
    late = session.execute(
        sa.select(Approval, Operation)
        .join(Operation, Operation.id == Approval.operation_id)
        .where(Approval.status == ApprovalStatus.PENDING, Approval.expires_at <= NOW)
        .order_by(Approval.expires_at)
        .limit(limit)
        .with_for_update(of=(Approval, Operation), skip_locked=True)
    ).all()
    for approval, operation in late:
        transitions.move(session, approval, ApprovalStatus.EXPIRED, acting=system, reason=_EXPIRED)
        operations.drop_items(session, operation.id, OperationItemStatus.SKIPPED, _EXPIRED)
        operations.move(session, operation, OperationStatus.EXPIRED, acting=system, reason=_EXPIRED)
        operations.tell_maker(session, operation, title="Not agreed to in time", message=_EXPIRED)
    return len(late)
