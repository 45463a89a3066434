"""Events of the last thirty days, by type, time and whether every endpoint took them (WEB-3)."""

from __future__ import annotations

from typing import Final

from backoffice.sandbox.stripe import events, lists
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import ValidationError, missing
from backoffice.sandbox.stripe.objects import Body

_OWED: Final = (
    "EXISTS (SELECT 1 FROM deliveries AS d WHERE d.event = objects.id AND NOT EXISTS ("
    "SELECT 1 FROM deliveries AS o WHERE o.event = d.event AND o.endpoint = d.endpoint AND o.state = 'delivered'))"
)


def retrieve(call: Call) -> Body:
    """The event, for thirty days."""
    body = call.named("event")
    if body["created"] <= call.store.now() - events.KEPT_SECONDS:
        raise missing("event", call.ids[0])
    return events.view(call.store, body)


def listed(call: Call) -> Body:
    """Events, newest first. `delivery_success=false` are those that an endpoint has not taken, or never will."""
    params = call.params
    if "type" in params and "types" in params:
        raise ValidationError("You can only use one of type and types.", param="types")
    where = {"type": params["type"]} if "type" in params else {"type": params["types"]} if "types" in params else {}
    extra: list[lists.Clause] = [
        ("json_extract(body, '$.created') > ?", (call.store.now() - events.KEPT_SECONDS,)),
    ]
    if "delivery_success" in params:
        extra.append((f"NOT {_OWED}" if params["delivery_success"] else _OWED, ()))
    page = lists.page(call, "event", where, extra)
    return page | {"data": [events.view(call.store, event) for event in page["data"]]}
