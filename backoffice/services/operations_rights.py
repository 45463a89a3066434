"""Who may still do what they asked for: asked again in the worker, with the rights of this moment (JOB-3, U8)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Permission, allows
from models import Operation, User
from models.user import UserStatus


def maker(session: Session, operation: Operation, permission: Permission) -> tuple[Acting, str | None]:
    """The maker with the role of now, and why they may not do this any more (None when they may)."""
    user = session.get_one(User, operation.actor_id, populate_existing=True)
    acting = Acting(
        user_id=user.id,
        role=user.role,
        name=user.name,
        request_id=operation.request_id,
        approved_by=operation.approved_by,
    )
    return acting, _refusal(user, permission)


def checker(session: Session, operation: Operation, permission: Permission) -> str | None:
    """Why the agreement of the second person does not hold any more; None when it does, or when none is needed."""
    if not operation.second_person_required:
        return None
    if operation.approved_by is None or operation.approved_by == operation.actor_id:
        return "A second person has not agreed to this."
    return _refusal(session.get_one(User, operation.approved_by, populate_existing=True), permission)


def active_user(session: Session, email: str) -> User | None:
    """The active user with this address, for the command line."""
    return session.scalars(
        sa.select(User).where(
            User.email == email.strip().lower(), User.status == UserStatus.ACTIVE, User.deleted_at.is_(None)
        )
    ).one_or_none()


def name_of(session: Session, user_id: uuid.UUID) -> str:
    """The name of a user who certainly exists."""
    return session.get_one(User, user_id).name


def _refusal(user: User, permission: Permission) -> str | None:
    if user.status is not UserStatus.ACTIVE or user.deleted_at is not None:
        return f"{user.name} is not active any more."
    if not allows(user.role, permission):
        return f"{user.name} may not do this any more."
    return None
