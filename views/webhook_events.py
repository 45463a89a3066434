"""The webhook inbox: what Stripe and carriers told us, and what came of it."""

from __future__ import annotations

from backoffice.permissions import Role
from models import WebhookEvent
from views.access import Access, Entity
from views.listing.search import exact

_ACCESS = Access(
    columns=("type", "provider", "status", "object_id", "account", "outcome", "last_error", "attempts", "created_at"),
    detail=(
        "provider_event_id", "provider", "type", "status", "outcome", "last_error", "attempts", "waiting_since",
        "run_after", "processed_at", "account", "object_type", "object_id", "livemode", "api_version",
        "provider_created", "created_at", "body",
    ),
    export=("provider_event_id", "provider", "type", "status", "object_id", "account", "outcome", "last_error",
            "attempts", "provider_created", "created_at", "processed_at"),
    filters=("status", "provider", "type", "object_id", "created_at"),
    history=True,
)  # fmt: skip

ENTITY = Entity(
    noun="webhook_events",
    model=WebhookEvent,
    label="Webhook events",
    singular="Webhook event",
    group="Money",
    search=(exact(WebhookEvent.provider_event_id), exact(WebhookEvent.object_id)),
    access={Role.ADMIN: _ACCESS, Role.FINANCE: _ACCESS},
)
