"""Refusing people who may not do what a use case does, however they came to it."""

from __future__ import annotations

import uuid

from backoffice.acting import Acting
from backoffice.errors import ForbiddenError, InvalidInputError
from backoffice.permissions import Permission


def require(acting: Acting, permission: Permission, sentence: str = "You may not do this.") -> None:
    """Raise `ForbiddenError` with `sentence` unless the person holds `permission`."""
    if not acting.may(permission):
        raise ForbiddenError(sentence)


def require_person(acting: Acting) -> uuid.UUID:
    """The id of the person; decisions are made by people. Raises `ForbiddenError` for the system."""
    if acting.user_id is None:
        raise ForbiddenError("This is decided by a person.")
    return acting.user_id


def required_text(text: str | None, sentence: str, *, field: str) -> str:
    """`text` without surrounding blanks. Raises `InvalidInputError` with `sentence` when nothing is left."""
    cleaned = (text or "").strip()
    if not cleaned:
        raise InvalidInputError(sentence, field=field)
    return cleaned
