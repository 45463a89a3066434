"""Messages in a dispute, and telling the people in it; what is internal never leaves the house (DSP-4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import NotFoundError
from backoffice.permissions import Permission
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.notifications import notify
from models import Dispute, DisputeMessage, Order


def add_message(session: Session, dispute: Dispute, *, text: str, is_internal: bool, acting: Acting) -> DisputeMessage:
    """Append a message. An internal one tells nobody; a public one tells the vendor without repeating its words."""
    require(acting, Permission.DISPUTES_WORK, "Only admins write in disputes.")
    message = DisputeMessage(
        dispute_id=dispute.id,
        user_id=require_person(acting),
        message=required_text(text, "Write a message.", field="text"),
        is_internal=is_internal,
    )
    session.add(message)
    session.flush()
    if not is_internal:
        tell(session, dispute, [dispute.vendor_id], "dispute.message", "There is a new message in a dispute")
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
    session: Session, dispute: Dispute, people: Iterable[uuid.UUID], event: str, title: str, message: str = ""
) -> None:
    """Write a notification for each of `people`."""
    text = message or f"{dispute.type.label}, priority {dispute.priority.label.lower()}."
    notify(session, people, event=event, title=title, message=text, subject=("disputes", dispute.id))
