"""Changing one's own password, for which the old one is needed (U1, U6)."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import InvalidInputError
from backoffice.services import sign_in, users
from backoffice.services.guards import require_person
from models.user import User


def change(session: Session, *, old: str, new: str, session_id: uuid.UUID, acting: Acting) -> sign_in.Outcome:
    """Give oneself a new password; every other session ends. The message of the outcome says why not.

    A wrong old password counts as a failed try to sign in, so the caller commits then too. Raises `InvalidInputError`
    for a new password that cannot be one.
    """
    user = session.get_one(User, require_person(acting))
    outcome = sign_in.confirm(session, user, old, acting=acting)
    if outcome.message:
        return outcome
    if new == old:
        raise InvalidInputError("This is the password you have now.", field="password")
    users.set_password(session, user_id=user.id, password=new, acting=acting, but=session_id)
    return outcome
