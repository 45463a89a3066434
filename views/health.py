"""`/healthz`: for load balancers and alarms, without sign-in and without anything about anybody (J19)."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, jsonify
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from backoffice.database import db
from backoffice.security import rules
from backoffice.services import health

_log = logging.getLogger(__name__)
pages = Blueprint("health", __name__)


def register(app: Flask) -> None:
    """Add the page and its rule."""
    rules.allow("GET", "health.show", rules.PUBLIC)
    app.register_blueprint(pages)


@pages.get("/healthz")
def show() -> Response:
    """200 while every measure is within its limit, else 503; the body says which one is not."""
    try:
        measures = health.measure(db.session())
    except SQLAlchemyError as error:
        _log.warning("health: the database cannot be reached: %s", type(error).__name__)
        return _answer({"database": {"ok": False}})
    report = {"database": {"ok": True}}
    report |= {one.name: {"value": one.value, "limit": one.limit, "ok": one.ok} for one in measures}
    return _answer(report)


def _answer(report: dict[str, dict[str, object]]) -> Response:
    ok = all(one["ok"] for one in report.values())
    response = jsonify({"ok": ok, "checks": report})
    response.status_code = 200 if ok else 503
    return response
