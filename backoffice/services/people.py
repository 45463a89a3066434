"""Who is there to be told or assigned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from models.user import User, UserStatus


def active(session: Session, role: Role) -> Sequence[uuid.UUID]:
    """Ids of the active users of a role, oldest first."""
    return session.scalars(
        sa.select(User.id)
        .where(User.role == role, User.status == UserStatus.ACTIVE, User.deleted_at.is_(None))
        .order_by(User.created_at, User.id)
    ).all()
