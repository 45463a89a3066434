"""Who is using the page, for views."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice import security
from backoffice.acting import Acting
from backoffice.database import db


def acting() -> Acting:
    """The signed-in person."""
    return security.current()


def session() -> Session:
    """The session of this request; committed by the application when the view has ended well."""
    return db.session()
