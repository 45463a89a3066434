"""`POST /webhooks/...`: what Stripe and carriers tell is proven, kept and answered; a job does the rest (WEB-1)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Flask, current_app, jsonify, request
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.database import db
from backoffice.errors import DomainError
from backoffice.gateways.carriers.registry import SERVICES
from backoffice.gateways.carriers.service import read_event as read_carrier_event
from backoffice.gateways.provider import ProviderEvent
from backoffice.gateways.signatures import BadSignatureError
from backoffice.gateways.stripe_events import read_event
from backoffice.security import rules
from backoffice.services.webhooks import inbox
from views import sign_in

_log = logging.getLogger(__name__)
pages = Blueprint("webhooks", __name__)

#: Stripe's events have a few thousand bytes.
MAX_BYTES: Final = 256 * 1024
#: Carriers tell the whole story of a parcel each time, most of a kilobyte a scan.
MAX_CARRIER_BYTES: Final = 1024 * 1024


def register(app: Flask) -> None:
    """Add the addresses and their rules. They know no session and no form token: the signature says who it is."""
    for name in ("stripe", *SERVICES):
        rules.allow("POST", f"webhooks.{name}", rules.PUBLIC)
    sign_in.without_token(stripe)
    sign_in.without_token(carrier)
    app.register_blueprint(pages)


@pages.post("/webhooks/stripe")
def stripe() -> Response:
    """Keep one event; a second delivery of it is welcome and nothing. Raises `BadSignatureError`."""
    secrets = _known(current_app.config["STRIPE_WEBHOOK_SECRETS"])
    payload = _payload(MAX_BYTES)
    try:
        event = read_event(payload, request.headers.get("Stripe-Signature", ""), secrets, now=now())
    except BadSignatureError as error:
        _log.warning("A webhook was refused: %s", error.message)
        raise
    if event.livemode != current_app.config["STRIPE_LIVE"]:
        mode = "live" if event.livemode else "test"
        _log.error("ALERT: a %s-mode event came to an endpoint of the other mode: %s.", mode, event.id)
        raise DomainError(f"This endpoint does not take {mode}-mode events.", code="livemode", status=400)
    return _keep(event)


def carrier() -> Response:
    """The same for the carrier service that the address names. Raises `BadSignatureError` and `BadEventError`."""
    service = SERVICES[request.path.rpartition("/")[2]]
    secrets = _known(current_app.config["CARRIER_WEBHOOK_SECRETS"].get(service.name))
    payload = _payload(MAX_CARRIER_BYTES)
    signature = request.headers.get(service.header, "")
    try:
        event = read_carrier_event(service, payload, signature, secrets, now=now())
    except DomainError as error:
        _log.warning("A webhook of %s was refused: %s", service.name, error.message)
        raise
    return _keep(event)


for _name in SERVICES:
    pages.add_url_rule(f"/webhooks/{_name}", _name, carrier, methods=["POST"])


def _known(secrets: Sequence[str] | None) -> Sequence[str]:
    if not secrets:
        raise DomainError("No webhook secret is set here, so nothing can be believed.", code="no_secret", status=503)
    return secrets


def _payload(most: int) -> bytes:
    """The raw body, as it was signed."""
    request.max_content_length = most
    return request.get_data(cache=False)


def _keep(event: ProviderEvent) -> Response:
    new = inbox.store(db.session(), event)
    return jsonify({"received": event.id, "duplicate": not new})
