"""Deny by default: who may reach which (method, endpoint). What has no rule is refused (I1)."""

from __future__ import annotations

import logging
from enum import Enum
from typing import TypeAlias

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from backoffice.errors import ForbiddenError, PageRefusedError
from backoffice.permissions import Permission
from backoffice.security import requests, sessions, viewing
from backoffice.security.staff import current_staff

_log = logging.getLogger(__name__)


class Access(Enum):
    """Rules that need no permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


#: A set of permissions asks for all of them: the panel's own, and that of what is done there.
Rule: TypeAlias = Permission | frozenset[Permission] | Access
PUBLIC = Access.PUBLIC
SIGNED_IN = Access.SIGNED_IN

READING = frozenset({"GET", "HEAD"})
#: What else is open to an admin who views as somebody (ACC-4): to stop, and to leave.
WHILE_VIEWING = frozenset({"sign_in.leave", "view_as.stop"})

#: The table. Keys are method and endpoint; HEAD follows GET, and OPTIONS is for nobody.
RULES: dict[tuple[str, str], Rule] = {("GET", "static"): PUBLIC}


def allow(method: str, endpoint: str, rule: Rule) -> None:
    """Let those who satisfy `rule` reach the endpoint with this method. Saying the same twice is fine."""
    key = (method.upper(), endpoint)
    if RULES.setdefault(key, rule) != rule:
        raise RuntimeError(f"two rules for {key}: {RULES[key]} and {rule}")


def rule_of(method: str, endpoint: str) -> Rule | None:
    """The rule of a request; None when nobody may make it."""
    return RULES.get(("GET" if method == "HEAD" else method, endpoint))


def needed(rule: Rule) -> frozenset[Permission]:
    """The permissions that a rule asks for; none when being signed in, or nobody in particular, is enough."""
    if isinstance(rule, Access):
        return frozenset()
    return rule if isinstance(rule, frozenset) else frozenset({rule})


def init_app(app: Flask) -> None:
    """Ask the table before every view of `app`."""
    app.before_request(guard)


def guard() -> Response | None:
    """Refuse what the table does not allow; unknown addresses and wrong methods are left to Flask (404, 405)."""
    if request.routing_exception is not None or request.endpoint is None:
        return None
    rule = rule_of(request.method, request.endpoint)
    if rule is PUBLIC:
        return None
    staff = current_staff()
    if staff is None:
        return _ask_to_sign_in()
    sessions.begin()
    if staff.viewer is not None and request.method not in READING and request.endpoint not in WHILE_VIEWING:
        raise ForbiddenError(
            f"You are viewing as {staff.name}, and whoever views changes nothing. Stop viewing first.", code="viewing"
        )
    allowed = rule is not None and all(map(staff.may, needed(rule)))
    # Whose panel it was until a moment ago does nothing wrong by asking for its next page.
    if request.method in READING and viewing.ended(staff) and not allowed:
        return redirect(url_for("sign_in.home"))
    if not allowed:
        _log.warning("refused %s %s to %s, rule %s", request.method, request.endpoint, staff.id, rule)
        raise PageRefusedError
    return None


def _ask_to_sign_in() -> Response:
    """The sign-in page for a person who follows a link; a plain refusal for everything else."""
    # A part of a page that is open is no place for the sign-in page.
    by_itself = request.endpoint in sessions.UNATTENDED or "HX-Request" in request.headers
    if request.method not in READING or requests.wants_json() or by_itself:
        raise ForbiddenError("Sign in first.", status=401, code="sign_in_required")
    path = request.full_path.rstrip("?")
    return redirect(url_for("sign_in.page", next=None if path == "/" else path))
