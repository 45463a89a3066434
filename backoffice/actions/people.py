"""Finding the colleague whom a form names by e-mail."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import InvalidInputError
from backoffice.services.guards import require_person
from models import User


def by_email(session: Session, email: str | None, acting: Acting, *, field: str = "assignee") -> uuid.UUID:
    """Id of the user with `email`, or of the acting person when it is empty. Raises `InvalidInputError`."""
    wanted = (email or "").strip().lower()
    if not wanted:
        return require_person(acting)
    found = session.scalars(sa.select(User.id).where(User.email == wanted, User.deleted_at.is_(None))).one_or_none()
    if found is None:
        raise InvalidInputError(f"Nobody here has the address {wanted}.", field=field)
    return found
