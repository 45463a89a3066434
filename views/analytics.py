"""`POST /analytics/events`: the shop's servers tell what people did there; a key says that it is them (C6.71)."""

from __future__ import annotations

import hmac
from typing import Final

from flask import Blueprint, Flask, current_app, jsonify, request
from werkzeug.wrappers import Response

from backoffice.database import db
from backoffice.errors import DomainError
from backoffice.security import requests, rules
from backoffice.services import analytics, throttle, wrong_keys
from views import sign_in

pages = Blueprint("analytics", __name__)

MAX_BYTES: Final = 128 * 1024


def register(app: Flask) -> None:
    """Add the address and its rule. It knows no session and no form token: the key says who it is."""
    rules.allow("POST", "analytics.events", rules.PUBLIC)
    sign_in.without_token(events)
    app.register_blueprint(pages)


@pages.post("/analytics/events")
def events() -> Response:
    """Keep a batch of events, all or none. A right key is never kept waiting, whoever else is at its address."""
    keys = current_app.config["ANALYTICS_KEYS"]
    if not keys:
        raise DomainError("No key is set here, so nobody can be believed.", code="no_key", status=503)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if not any(hmac.compare_digest(given, key.encode()) for key in keys):
        return _refused()
    request.max_content_length = MAX_BYTES
    stored = analytics.store(db.session(), analytics.read(request.get_data(cache=False)))
    return jsonify({"stored": stored})


def _refused() -> Response:
    """The wrong key is counted although it was refused; after many, whoever guesses must wait (U6)."""
    wait = wrong_keys.count(db.session(), request.remote_addr)
    requests.commit_refusal()
    code, message = ("too_many", throttle.too_many(wait)) if wait else ("wrong_key", "The key is wrong.")
    response = jsonify({"error": {"code": code, "message": message, "request_id": requests.request_id()}})
    response.status_code = 429 if wait else 401
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
