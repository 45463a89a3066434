"""Webhook endpoints: where events are sent. The secret is shown once, when the endpoint is made."""

from __future__ import annotations

from backoffice.sandbox.stripe import lists, webhook_endpoints
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.objects import Body


def create(call: Call) -> Body:
    """An endpoint for the platform's events or, with `connect`, for those of its connected accounts."""
    scope = "connect" if call.params.get("connect") else "platform"
    body = webhook_endpoints.create(call.store, call.params["url"], scope=scope, given=call.params)
    return webhook_endpoints.view(body) | {"secret": body["_secret"]}


def retrieve(call: Call) -> Body:
    """The endpoint."""
    return webhook_endpoints.view(call.named("webhook_endpoint"))


def listed(call: Call) -> Body:
    """Endpoints, newest first."""
    page = lists.page(call, "webhook_endpoint", {})
    return page | {"data": [webhook_endpoints.view(one) for one in page["data"]]}


def delete(call: Call) -> Body:
    """Send it nothing any more; what it was still owed has failed."""
    body = call.named("webhook_endpoint")
    call.store.sql.execute("DELETE FROM objects WHERE id = ?", (body["id"],))
    call.store.sql.execute(
        "UPDATE deliveries SET state = 'failed' WHERE endpoint = ? AND state IN ('pending', 'held')", (body["id"],)
    )
    return {"id": body["id"], "object": "webhook_endpoint", "deleted": True}
