"""Who of the admins takes a dispute: whoever has the fewest, and the one who leads (DSP-7, DSP-10)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from backoffice.services import settings
from backoffice.services.sla.keep import RUNNING
from models import Dispute, User
from models.user import UserStatus

LEAD = "disputes.lead"


def parties(dispute: Dispute) -> frozenset[uuid.UUID]:
    """The people whose case it is, and who therefore do not decide it (DSP-10)."""
    return frozenset({dispute.vendor_id, dispute.customer_id})


def least_loaded(session: Session, dispute: Dispute) -> uuid.UUID | None:
    """The active admin with the fewest running disputes, the longest-serving of several; None when there is none."""
    load = (
        sa.select(sa.func.count())
        .where(Dispute.assigned_to == User.id, Dispute.status.in_(RUNNING))
        .correlate(User)
        .scalar_subquery()
    )
    return session.scalar(_able(parties(dispute)).order_by(load, User.created_at, User.id).limit(1))


def lead(session: Session, dispute: Dispute) -> uuid.UUID | None:
    """The admin that the setting names, else the longest-serving one; nobody who is party to the order."""
    named = str(settings.get(session, LEAD)).strip().lower()
    chosen = _able(parties(dispute)).order_by((User.email == named).desc(), User.created_at, User.id)
    return session.scalar(chosen.limit(1))


def _able(without: Collection[uuid.UUID]) -> sa.Select[uuid.UUID]:
    return sa.select(User.id).where(
        User.role == Role.ADMIN,
        User.status == UserStatus.ACTIVE,
        User.deleted_at.is_(None),
        User.id.not_in(without),
    )
