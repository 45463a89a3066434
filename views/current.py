"""Who is using the page, for views."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice import security
from backoffice.acting import Acting
from backoffice.database import db
from backoffice.preferences import Preferences
from views import formats


def acting() -> Acting:
    """The signed-in person."""
    return security.current()


def preferences() -> Preferences:
    """How the signed-in person wants the pages; found with the session, so asking costs nothing."""
    staff = security.current_staff()
    return Preferences() if staff is None else staff.preferences


def session() -> Session:
    """The session of this request; committed by the application when the view has ended well."""
    return db.session()


def form() -> formats.Format:
    """How this person reads numbers and times."""
    return formats.of(preferences())
