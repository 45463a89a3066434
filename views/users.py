"""Users: staff, vendors and customers. Roles and statuses are changed by actions."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Permission, Role
from backoffice.services import users
from models import User
from models.searchable_name import NameKind
from views.access import Access, Entity, Named, Related
from views.listing.search import exact

_SEEN = ("email", "first_name", "last_name", "phone", "role", "status", "email_verified", "last_login", "created_at")


def _make(session: Session, typed: Any, acting: Acting) -> Any:
    """A new user as the service makes one: address normalised, pending, vendors with their profile."""
    user = users.create(
        session,
        email=typed.email,
        first_name=typed.first_name,
        last_name=typed.last_name,
        role=typed.role,
        acting=acting,
    )
    user.phone = typed.phone
    return user


ENTITY = Entity(
    noun="users",
    model=User,
    label="Users",
    singular="User",
    group="People",
    search=(exact(User.email, lower=True),),
    named=Named(kind=NameKind.PERSON, reads=("first_name", "last_name")),
    note="email",
    prepare=_make,
    access={
        Role.ADMIN: Access(
            columns=("email", "first_name", "last_name", "role", "status", "last_login", "created_at"),
            detail=(*_SEEN, "avatar_url", "updated_at"),
            filters=("role", "status", "created_at"),
            create=("email", "first_name", "last_name", "phone", "role"),
            edit=("email", "first_name", "last_name", "phone", "avatar_url"),
            write=Permission.USERS_WRITE,
            related=(
                Related(noun="user_profiles", via="user_id"),
                Related(noun="vendor_profiles", via="vendor_id"),
                Related(noun="shipping_addresses", via="user_id"),
            ),
            history=True,
        ),
        Role.VENDOR: Access(columns=_SEEN, search=False, export=None),
    },
)
