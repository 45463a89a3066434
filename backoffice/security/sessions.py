"""Flask-Login on top of the server-side sessions: the signed cookie only carries the reference token (U3, U4)."""

from __future__ import annotations

from flask import Flask, request, session
from flask_login import LoginManager, login_user, logout_user

from backoffice.config import Config
from backoffice.database import act_as, db
from backoffice.security.staff import Staff, current, current_staff, visitor
from backoffice.services import user_sessions

#: Endpoints that pages ask by themselves, again and again: that is no use of the session (U4).
UNATTENDED: set[str] = set()


def init_app(app: Flask, config: Config) -> None:
    """Cookie settings and the loader. No remember cookie is ever made."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if config.secure_cookies else "session",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=user_sessions.ABSOLUTE,
    )
    manager = LoginManager()
    # The server-side session decides; Flask-Login's guess from address and browser would sign out people on trains.
    manager.session_protection = None
    manager.user_loader(load)
    manager.init_app(app)


def load(token: str) -> Staff | None:
    """The person who holds `token`, asked of the database at every request."""
    found = user_sessions.find(db.session(), token, visitor(), unattended=request.endpoint in UNATTENDED)
    if found is None:
        return None
    return Staff(
        id=found.user_id,
        email=found.email,
        name=found.name,
        role=found.role,
        token=token,
        session_id=found.session_id,
        preferences=found.preferences,
        viewer=found.viewer,
        viewing_until=found.viewing_until,
    )


def admit(token: str) -> None:
    """Put `token` into a fresh cookie, so that whatever the browser held before sign-in is worth nothing (c71)."""
    session.clear()
    staff = load(token)
    if staff is None:
        raise RuntimeError("the session that was just made cannot be found")
    login_user(staff)


def forget() -> None:
    """Empty the cookie."""
    logout_user()
    session.clear()


def begin() -> None:
    """Make the signed-in person the author of everything this request writes (AUD-1).

    PostgreSQL knows already: looking for the session has told it in the same transaction.
    """
    if current_staff() is not None:
        act_as(db.session(), current(), told=True)
