"""People who asked for something that a worker does for them: whether they still may have it (JOB-3)."""

from __future__ import annotations

from backoffice.permissions import Role
from models import User
from models.user import UserStatus

CHANGED = "Your role has changed since you asked for it."


def refusal(user: User, panel: Role) -> str | None:
    """Why a list of this panel is not for this person any more; None when it is."""
    if user.status is not UserStatus.ACTIVE or user.deleted_at is not None:
        return "The person who asked for it is not active any more."
    return None if user.role is panel else CHANGED
