"""Messages in a dispute, and telling the people in it; what is internal never leaves the house (DSP-4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import Permission
from backoffice.services import dispute_attachments
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.notifications import notify
from backoffice.services.sla import keep
from models import Dispute, DisputeEvent, DisputeMessage, Order
from models.base import uuid7
from models.dispute_event import DisputeEventKind, WaitingFor
from models.notification import NotificationType


def add_message(
    session: Session,
    dispute: Dispute,
    *,
    text: str,
    is_internal: bool,
    wait_for: WaitingFor | None = None,
    attachments: Sequence[uuid.UUID] = (),
    acting: Acting,
) -> DisputeMessage:
    """Append a message. An internal one tells nobody; a public one tells the vendor without repeating its words.

    `wait_for` says whose answer is waited for from now on, during which the clock stands still (DSP-6). `attachments`
    are files that the person uploaded to this dispute before; raises as `dispute_attachments.chosen`.
    """
    require(acting, Permission.DISPUTES_WORK, "Only admins write in disputes.")
    message = _append(session, dispute, text, attachments, is_internal=is_internal, acting=acting)
    if wait_for is not None:
        if dispute.status not in keep.RUNNING:
            raise DomainError("It is decided, so it waits for nobody.", code="decided")
        session.add(
            DisputeEvent(
                dispute_id=dispute.id,
                kind=DisputeEventKind.WAITING,
                after=wait_for.value,
                actor_id=acting.user_id,
            )
        )
    keep.refresh(session, dispute)
    if not is_internal:
        tell(session, dispute, [dispute.vendor_id], "dispute.message", "There is a new message in a dispute")
    return message


def answer(
    session: Session, dispute: Dispute, *, text: str, attachments: Sequence[uuid.UUID] = (), acting: Acting
) -> DisputeMessage:
    """Append the vendor's answer to a dispute of theirs, and tell who works on it; a wait for it is over (DSP-6).

    `attachments` are files that the vendor uploaded to it before; raises as `dispute_attachments.chosen`.
    """
    require(acting, Permission.DISPUTES_ANSWER, "Only the order's vendor answers.")
    if acting.user_id != dispute.vendor_id:
        raise NotFoundError
    message = _append(session, dispute, text, attachments, is_internal=False, acting=acting)
    keep.refresh(session, dispute)
    if dispute.assigned_to is not None:
        title = "A vendor answered in a dispute"
        tell(session, dispute, [dispute.assigned_to], "dispute.answered", title)
    return message


def tell_resolved(session: Session, dispute: Dispute, order: Order, acting: Acting) -> None:
    """Tell the vendor the outcome, and the assignee when somebody else decided. The notes stay inside."""
    if dispute.outcome is None:
        raise NotFoundError
    people = [dispute.vendor_id]
    if dispute.assigned_to not in {None, acting.user_id}:
        people.append(dispute.assigned_to)
    outcome = f"Order {order.order_number}: {dispute.outcome.label.lower()}."
    tell(session, dispute, people, "dispute.resolved", "A dispute was decided", outcome)


def tell(
    session: Session,
    dispute: Dispute,
    people: Iterable[uuid.UUID],
    event: str,
    title: str,
    message: str = "",
    severity: NotificationType = NotificationType.INFO,
) -> None:
    """Write a notification for each of `people`."""
    text = message or f"{dispute.type.label}, priority {dispute.priority.label.lower()}."
    subject = (Dispute.__tablename__, dispute.id)
    notify(session, people, event=event, title=title, message=text, subject=subject, severity=severity)


def _append(
    session: Session,
    dispute: Dispute,
    text: str,
    attachments: Sequence[uuid.UUID],
    *,
    is_internal: bool,
    acting: Acting,
) -> DisputeMessage:
    files = dispute_attachments.chosen(session, dispute.id, attachments, acting=acting, lock=True)
    message = DisputeMessage(
        id=uuid7(),
        dispute_id=dispute.id,
        user_id=require_person(acting),
        message=required_text(text, "Write a message.", field="text"),
        attachments=dispute_attachments.described(files),
        is_internal=is_internal,
    )
    session.add(message)
    session.flush()
    dispute_attachments.link(session, files, message)
    return message
