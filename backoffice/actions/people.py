"""Choosing the colleague who does it: offered by name where a form is shown, told by e-mail everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from wtforms import SelectChoice, SelectField
from wtforms.validators import Length, Optional

from backoffice.acting import Acting
from backoffice.errors import InvalidInputError
from backoffice.permissions import GRANTS, Permission, Role
from backoffice.services.guards import require_person
from models import User
from models.user import UserStatus

_MYSELF: Final = SelectChoice("", "Myself")
_MOST: Final = 500


class ColleagueField(SelectField):
    """A person of one of `roles`, by e-mail; nothing chosen is the acting person. The service judges who was named."""

    def __init__(self, label: str, *, roles: Collection[Role], **options: object) -> None:
        super().__init__(
            label, choices=[_MYSELF], validate_choice=False, validators=[Optional(), Length(max=254)], **options
        )
        self.roles = frozenset(roles)

    def offer(self, session: Session, acting: Acting) -> None:
        """Offer whoever is active, by name; whom somebody typed stays chosen."""
        people = session.execute(
            sa.select(User.email, User.first_name + " " + User.last_name)
            .where(User.role.in_(self.roles), User.status == UserStatus.ACTIVE, User.deleted_at.is_(None))
            .where(User.id != acting.user_id)
            .order_by(User.first_name, User.last_name, User.email)
            .limit(_MOST)
        )
        offered = {email: f"{name} ({email})" for email, name in people}
        if self.data:
            offered.setdefault(self.data, self.data)
        self.choices = [_MYSELF, *(SelectChoice(email, label) for email, label in offered.items())]


def with_permission(permission: Permission) -> frozenset[Role]:
    """The roles that hold it."""
    return frozenset(role for role, held in GRANTS.items() if permission in held)


def by_email(session: Session, email: str | None, acting: Acting, *, field: str = "assignee") -> uuid.UUID:
    """Id of the user with `email`, or of the acting person when it is empty. Raises `InvalidInputError`."""
    wanted = (email or "").strip().lower()
    if not wanted:
        return require_person(acting)
    found = session.scalars(sa.select(User.id).where(User.email == wanted, User.deleted_at.is_(None))).one_or_none()
    if found is None:
        raise InvalidInputError(f"Nobody here has the address {wanted}.", field=field)
    return found
