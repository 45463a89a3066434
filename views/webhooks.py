"""`POST /webhooks/stripe`: what Stripe tells us is proven, kept and answered; a job does the rest (WEB-1, M13)."""

from __future__ import annotations

import logging
from typing import Final

from flask import Blueprint, Flask, current_app, jsonify, request
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.database import db
from backoffice.errors import DomainError
from backoffice.gateways.stripe_events import BadSignatureError, read_event
from backoffice.security import rules
from backoffice.services.webhooks import inbox
from views import sign_in

_log = logging.getLogger(__name__)
pages = Blueprint("webhooks", __name__)

#: Stripe's events have a few thousand bytes.
MAX_BYTES: Final = 256 * 1024


def register(app: Flask) -> None:
    """Add the address and its rule. It knows no session and no form token: the signature says who it is."""
    rules.allow("POST", "webhooks.stripe", rules.PUBLIC)
    sign_in.without_token(stripe)
    app.register_blueprint(pages)


@pages.post("/webhooks/stripe")
def stripe() -> Response:
    """Keep one event; a second delivery of it is welcome and nothing. Raises `BadSignatureError`."""
    secrets = current_app.config["STRIPE_WEBHOOK_SECRETS"]
    if not secrets:
        raise DomainError("No webhook secret is set here, so nothing can be believed.", code="no_secret", status=503)
    request.max_content_length = MAX_BYTES
    payload = request.get_data(cache=False)
    try:
        event = read_event(payload, request.headers.get("Stripe-Signature", ""), secrets, now=now())
    except BadSignatureError as error:
        _log.warning("A webhook was refused: %s", error.message)
        raise
    if event.livemode != current_app.config["STRIPE_LIVE"]:
        mode = "live" if event.livemode else "test"
        _log.error("ALERT: a %s-mode event came to an endpoint of the other mode: %s.", mode, event.id)
        raise DomainError(f"This endpoint does not take {mode}-mode events.", code="livemode", status=400)
    new = inbox.store(db.session(), event)
    return jsonify({"received": event.id, "duplicate": not new})
