"""The page of an error: inside of the person's own panel with its frame around it, else by itself."""

from __future__ import annotations

import logging
from typing import Any

from flask import current_app, g, render_template, request
from flask_login import AnonymousUserMixin

from backoffice.security import requests, staff

_log = logging.getLogger(__name__)
#: Where Flask-Login keeps whom it has found for this request.
_KNOWN = "_login_user"


def page(status: int, title: str, message: str) -> str:
    """The text of the page. Nothing that the frame needs may keep the person from reading what went wrong."""
    told = {"title": title, "message": message, "request_id": requests.request_id()}
    try:
        framed = _framed(status, told)
    except Exception:  # noqa: BLE001 - a page about an error must not become one
        _log.exception("the frame of the error page cannot be made")
        framed = None
    if framed is not None:
        return framed
    # The plain page knows nobody, and must not begin to ask a database that may be away.
    g.setdefault(_KNOWN, AnonymousUserMixin())
    return render_template("errors/page.html", **told)


def _framed(status: int, told: dict[str, str]) -> str | None:
    """The page with the frame of the panel that the address is in, when it is the panel of the signed-in person."""
    panel = _panel()
    # Part of a page has a frame already; and whoever is not known when the server fails, is not looked for now.
    if panel is None or "HX-Request" in request.headers or (status >= 500 and _KNOWN not in g):
        return None
    person = staff.current_staff()
    if person is None or person.role is not panel.role:
        return None
    noun = request.path.removeprefix(panel.path).strip("/").partition("/")[0]
    shown = panel.views[noun].entity.label if panel.shows(noun) else None
    return render_template("errors/panel_page.html", panel=panel, noun=noun, list=shown, **told)


def _panel() -> Any:
    """The panel that the address is in."""
    panels = current_app.extensions.get("panels", {}).values()
    return next((one for one in panels if f"{request.path}/".startswith(f"{one.path}/")), None)
