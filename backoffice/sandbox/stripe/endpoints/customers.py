"""Customers: create, retrieve, and give another card. Every test payment method is theirs already."""

from __future__ import annotations

from backoffice.sandbox.stripe import events, payments, shelf
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.customers import customer
from backoffice.sandbox.stripe.errors import StripeError
from backoffice.sandbox.stripe.objects import Body


def create(call: Call) -> Body:
    """A new customer, with a card or without one."""
    body = customer(call.store.new_id("cus"), call.params, method=_method(call, None), created=call.store.now())
    shelf.put(call.store, body)
    events.happened(call.store, "customer.created", body)
    return body


def retrieve(call: Call) -> Body:
    """The customer."""
    return call.named("customer")


def update(call: Call) -> Body:
    """Another name, address or card; an empty text takes the card away."""
    before = call.named("customer")
    was = before["invoice_settings"]
    settings = was | {"default_payment_method": _method(call, was["default_payment_method"])}
    given = {name: call.params[name] for name in ("email", "metadata", "name") if name in call.params}
    changed = given | {"invoice_settings": settings}
    body = before | changed
    shelf.put(call.store, body)
    previous = {name: before[name] for name, value in changed.items() if before[name] != value}
    events.happened(call.store, "customer.updated", body, previous=previous)
    return body


def _method(call: Call, now: str | None) -> str | None:
    """The card that was given, or else the one there is `now`. Raises Stripe's 400 for one that is none."""
    given = call.params.get("invoice_settings", {}).get("default_payment_method", now)
    if given and given not in payments.METHODS:
        raise StripeError(f"No such PaymentMethod: '{given}'", code="resource_missing", param="invoice_settings")
    return given or None
