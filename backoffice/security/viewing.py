"""Telling admins that they are themselves again when viewing as somebody ended without them (ACC-4)."""

from __future__ import annotations

import uuid

from flask import flash, request, session

from backoffice.database import db
from backoffice.security import requests, sessions
from backoffice.security.staff import Staff
from backoffice.services import impersonations

#: What the cookie remembers of it: the id of the impersonation, which is no secret and names nobody.
_BEGUN = "viewing"


def begun(view_id: uuid.UUID) -> None:
    """Remember in this browser that its person views as somebody."""
    session[_BEGUN] = str(view_id)


def stopped() -> None:
    """Forget it: the person knows."""
    session.pop(_BEGUN, None)


def ended(staff: Staff) -> bool:
    """Whether this page is the first one after it ended by itself or elsewhere; then its next messages say so.

    To be asked for what is read. Parts of pages, and what programs ask, have no place for messages and leave it to the
    next page.
    """
    if staff.viewer is not None or _BEGUN not in session or not _is_page():
        return False
    end = impersonations.end_in(db.session(), uuid.UUID(session.pop(_BEGUN)), staff.session_id)
    if end is None:
        return False
    flash(f"You are no longer viewing as {end.name}: {end.reason}. You are yourself again.", "warning")
    return True


def _is_page() -> bool:
    by_itself = request.endpoint in sessions.UNATTENDED or "HX-Request" in request.headers
    return not by_itself and not requests.wants_json()
