"""The signed-in person of this request, as Flask-Login and the use cases want it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from flask import request
from flask_login import current_user

from backoffice.acting import Acting, Viewer
from backoffice.errors import ForbiddenError
from backoffice.permissions import Permission, Role, allows
from backoffice.preferences import Preferences
from backoffice.security import requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A person behind a living session, or as whom its owner views.

    The four properties of Flask-Login are written by hand, since it is untyped.
    """

    id: uuid.UUID
    email: str
    name: str
    role: Role
    token: str
    #: The row of the session, which is no secret.
    session_id: uuid.UUID
    #: Of whoever looks at the page.
    preferences: Preferences
    #: The admin who views as this person, changes nothing, and until when (ACC-4).
    viewer: Viewer | None = None
    viewing_until: dt.datetime | None = None

    @property
    def is_authenticated(self) -> bool:
        """Always: without a living session there is no `Staff`."""
        return True

    @property
    def is_active(self) -> bool:
        """Always: the loader asks the database for the status at every request."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Never."""
        return False

    def get_id(self) -> str:
        """What the cookie holds: the reference token, never the user's id (U3)."""
        return self.token

    def may(self, permission: Permission) -> bool:
        """Whether the person's role holds the permission; templates ask it."""
        return allows(self.role, permission)


def current_staff() -> Staff | None:
    """The person who is signed in, or None."""
    user = current_user._get_current_object()  # noqa: SLF001 - how werkzeug's proxies are unwrapped
    return user if isinstance(user, Staff) else None


def current() -> Acting:
    """The signed-in person as the one who acts. Raises `ForbiddenError` for a visitor, who acts on nothing."""
    staff = current_staff()
    if staff is None:
        raise ForbiddenError("Sign in first.", status=401, code="sign_in_required")
    return Acting(
        user_id=staff.id,
        role=staff.role,
        name=staff.name,
        request_id=requests.request_id(),
        ip=request.remote_addr,
        user_agent=user_agent(),
        viewer=staff.viewer,
    )


def visitor() -> Acting:
    """A person who is not signed in, for the record of what happens on the sign-in page only."""
    return Acting(
        user_id=None,
        role=None,
        name="visitor",
        request_id=requests.request_id(),
        ip=request.remote_addr,
        user_agent=user_agent(),
    )


def user_agent() -> str | None:
    """The browser's name of itself, without characters that PostgreSQL or a log could stumble over."""
    text = "".join(letter for letter in request.user_agent.string if letter.isprintable())
    return text[:200] or None
