"""Working on differences: whose each is, and what it was (LED-7, M12). Rows come locked."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError
from backoffice.permissions import Permission, allows
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from models import ReconItem, User
from models.recon import ReconItemStatus
from models.user import UserStatus


def assign(session: Session, item: ReconItem, assignee_id: uuid.UUID, *, acting: Acting) -> User:
    """Give an open difference to somebody active who works on reconciliation."""
    require(acting, Permission.RECON_WORK)
    if item.status is not ReconItemStatus.OPEN:
        raise DomainError("This difference is resolved.", code="already_resolved")
    assignee = session.get_one(User, assignee_id)
    if assignee.status is not UserStatus.ACTIVE or not allows(assignee.role, Permission.RECON_WORK):
        raise DomainError("It can only be given to an active colleague in finance or an admin.", code="not_in_finance")
    item.assigned_to = assignee.id
    session.flush()
    if assignee.id != acting.user_id:
        notify(
            session,
            [assignee.id],
            event="recon_item.assigned",
            title="A difference with Stripe was given to you",
            message=str(item),
            subject=("recon_item", item.id),
        )
    return assignee


def resolve(session: Session, item: ReconItem, *, note: str, acting: Acting) -> None:
    """Say what it was. This changes neither book: a correction is a journal of its own (M12, LED-2)."""
    require(acting, Permission.RECON_WORK)
    values = {
        "resolution_note": required_text(note, "Say what it was.", field="note"),
        "resolved_by": require_person(acting),
        "resolved_at": session.scalar(sa.select(NOW)),
    }
    move(session, item, ReconItemStatus.RESOLVED, acting=acting, reason=note, values=values)
    session.flush()
