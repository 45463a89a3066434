"""What happened: a line in the log of effects, an `evt_` with the object as it is now, and its deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backoffice.sandbox.stripe import deliveries, shelf
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store

#: The one version of the API whose objects are served; a client pinned to another is refused.
API_VERSION: Final = "2026-10-28.endive"
#: Stripe lists and shows events for so long.
KEPT_SECONDS: Final = 30 * 86_400

_FACTS: Final = (
    "id",
    "amount",
    "currency",
    "status",
    "charge",
    "payment_intent",
    "destination",
    "transfer",
    "transfer_group",
    "metadata",
)


def log_effect(store: Store, kind: str, body: Mapping[str, Any]) -> None:
    """Write what was done to the log of effects, which is the oracle of the crash tests."""
    facts = {name: body[name] for name in _FACTS if name in body}
    where = {"time": store.now(), "key": store.cause.key, "request_id": store.cause.request_id}
    store.append("effects", {"effect": kind, **facts, **where})


def happened(
    store: Store,
    kind: str,
    body: Mapping[str, Any],
    *,
    account: str = shelf.PLATFORM,
    previous: Mapping[str, Any] | None = None,
) -> None:
    """Tell the world that `kind` happened to an object of `account`; `previous` are the fields that changed."""
    log_effect(store, kind, body)
    event: Body = {
        "id": store.new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": store.now(),
        "data": {"object": dict(body)} | ({"previous_attributes": dict(previous)} if previous is not None else {}),
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": store.cause.request_id, "idempotency_key": store.cause.key},
        "type": kind,
    }
    if account != shelf.PLATFORM:
        event["account"] = account
    shelf.put(store, event, account)
    deliveries.plan(store, event)


def view(store: Store, event: Body) -> Body:
    """The event as it is shown, with the number of endpoints that have not taken it yet."""
    return event | {"pending_webhooks": deliveries.waiting(store, event["id"])}
