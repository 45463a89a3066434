"""Whom a picker offers: what a reference to a user means decides which roles fit it (data model C1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from backoffice.permissions import Role
from models import User

_STAFF: Final = frozenset(Role) - {Role.CUSTOMER, Role.VENDOR}
_ANYBODY: Final = frozenset(Role)

#: By the name of the reference, which means the same in every entity.
ROLES: Final[Mapping[str, frozenset[Role]]] = {
    "vendor_id": frozenset({Role.VENDOR}),
    "customer_id": frozenset({Role.CUSTOMER}),
    "assigned_to": _STAFF,
    "requested_by": frozenset(Role) - {Role.CUSTOMER},
    "decided_by": _STAFF,
    "actor_id": frozenset(Role) - {Role.CUSTOMER},
    "user_id": _ANYBODY,
    "viewer_id": frozenset({Role.ADMIN}),
}


def choosable(target: type[Any], name: str) -> sa.ColumnElement[bool]:
    """The rows of `target` that the reference `name` may point at."""
    return User.role.in_(ROLES[name]) if target is User else sa.true()
