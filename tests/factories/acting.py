"""The person who acts in a test."""

from __future__ import annotations

from backoffice.acting import Acting
from models import User


def acting_for(user: User) -> Acting:
    """`user`, as use cases and the engine know them."""
    return Acting(user_id=user.id, role=user.role, name=user.name)
