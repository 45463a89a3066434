"""Webhook endpoints as objects; fields that begin with an underscore are the sandbox's own and never shown."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.errors import ValidationError
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store


def create(
    store: Store, url: str, *, scope: str = "both", secret: str | None = None, given: Mapping[str, Any] | None = None
) -> Body:
    """An endpoint for events of the `platform`, of `connect`ed accounts, or, as `stripe listen` has it, of `both`."""
    given = given or {}
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise ValidationError(f"Not a valid URL: {url}", code="url_invalid", param="url")
    body = {
        "id": store.new_id("we"),
        "object": "webhook_endpoint",
        "api_version": given.get("api_version"),
        "application": None,
        "created": store.now(),
        "description": given.get("description"),
        "enabled_events": given.get("enabled_events", ["*"]),
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "status": "enabled",
        "url": url,
        "_scope": scope,
        "_secret": secret or f"whsec_{secrets.token_hex(16)}",
    }
    shelf.put(store, body)
    return body


def ensure(store: Store, url: str, secret: str) -> None:
    """The endpoint that the command line names: one for everything, made once for each address and secret."""
    if not any(one["_secret"] == secret for one in shelf.find(store, "webhook_endpoint", {"url": url})):
        create(store, url, secret=secret)


def view(body: Body) -> Body:
    """The endpoint as it is shown."""
    return {name: value for name, value in body.items() if not name.startswith("_")}
