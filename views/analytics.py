"""`POST /analytics/events`: the shop's servers tell what people did there; a key says that it is them (C6.71)."""

from __future__ import annotations

import hmac
from typing import Final

from flask import Blueprint, Flask, current_app, jsonify, request
from werkzeug.wrappers import Response

from backoffice.database import db
from backoffice.errors import DomainError, ForbiddenError
from backoffice.security import rules
from backoffice.services import analytics
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
    """Keep a batch of events, all or none."""
    keys = current_app.config["ANALYTICS_KEYS"]
    if not keys:
        raise DomainError("No key is set here, so nobody can be believed.", code="no_key", status=503)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if not any(hmac.compare_digest(given, key.encode()) for key in keys):
        raise ForbiddenError("The key is wrong.", status=401, code="wrong_key")
    request.max_content_length = MAX_BYTES
    stored = analytics.store(db.session(), analytics.read(request.get_data(cache=False)))
    return jsonify({"stored": stored})
