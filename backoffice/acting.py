"""Who acts: named in every use case, told to PostgreSQL for the audit triggers. Never ambient."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Self

from backoffice.enums import Actor
from backoffice.permissions import GRANTS, Permission, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The admin who views as somebody: the author of whatever is written meanwhile (ACC-4)."""

    user_id: uuid.UUID
    role: Role
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """A person (or the system, when `user_id` is None) at one request, job step or command."""

    user_id: uuid.UUID | None
    role: Role | None
    name: str
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    ip: str | None = None
    user_agent: str | None = None
    #: The second person who agreed to what this person asked for, where one was needed (WHO-1).
    approved_by: uuid.UUID | None = None
    #: Who sees what this person sees, and changes nothing (ACC-4); None when the person is here himself.
    viewer: Viewer | None = None

    @classmethod
    def system(cls, name: str = "system", request_id: str | None = None) -> Self:
        """The back-office itself: jobs without a person, the demo loader, provider events."""
        return cls(user_id=None, role=None, name=name, request_id=request_id or uuid.uuid4().hex)

    @property
    def author_id(self) -> uuid.UUID | None:
        """Who is at the keyboard: the viewer, or the person himself; None for the system."""
        return self.viewer.user_id if self.viewer else self.user_id

    @property
    def author_role(self) -> str:
        """The author's role, or the name of the part of the system."""
        if self.viewer:
            return self.viewer.role.value
        return self.role.value if self.role else self.name

    @property
    def on_behalf_of(self) -> uuid.UUID | None:
        """As whom the author is viewing; None when the author is here as himself."""
        return self.user_id if self.viewer else None

    @property
    def actor(self) -> Actor:
        """The letter of this person in the status machines."""
        return self.role.actor if self.role else Actor.SYSTEM

    @property
    def vendor_id(self) -> uuid.UUID | None:
        """The vendor whose rows this person may see only; None when no row scope applies."""
        return self.user_id if self.role is Role.VENDOR else None

    def may(self, permission: Permission) -> bool:
        """Whether this person holds the permission; the system holds all."""
        return self.role is None or permission in GRANTS[self.role]
