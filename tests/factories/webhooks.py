"""Events of the payment provider, as it sends them and as the inbox keeps them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import WebhookEvent
from models.base import uuid7


def event_body(kind: str, thing: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """The JSON of an event of this kind about `thing`, which happened just now."""
    return {
        "id": f"evt_{uuid.uuid4().hex[:24]}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(now().timestamp()),
        "data": {"object": dict(thing)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        **values,
    }


def make_webhook_event(
    session: Session, kind: str = "payment_intent.succeeded", thing: Mapping[str, Any] | None = None, **values: Any
) -> WebhookEvent:
    """A pending event about a payment that nobody knows."""
    thing = thing or {"id": f"pi_{uuid.uuid4().hex[:24]}", "object": "payment_intent"}
    body = event_body(kind, thing)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "provider_event_id": body["id"],
        "type": kind,
        "livemode": False,
        "api_version": body["api_version"],
        "object_type": thing.get("object"),
        "object_id": thing.get("id"),
        "provider_created": now(),
        "body": body,
    }
    event = WebhookEvent(**(defaults | values))
    session.add(event)
    session.flush()
    return event
