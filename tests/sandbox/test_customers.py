"""Customers: their card, who tells of another one, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.running import RunningSandbox


def card(method: str) -> Any:
    return {"invoice_settings": {"default_payment_method": method}}


def test_another_card_is_told(sandbox: RunningSandbox) -> None:
    """The event has what changed; an empty text takes the card away, and a name alone leaves it."""
    customers = sandbox.client().v1.customers
    made = customers.create(card("pm_card_visa"))
    customers.update(made.id, card("pm_card_chargeDeclined"))
    told = sandbox.client().v1.events.list({"type": "customer.updated"}).data[0].data
    assert told.object["invoice_settings"]["default_payment_method"] == "pm_card_chargeDeclined"
    assert told.previous_attributes["invoice_settings"]["default_payment_method"] == "pm_card_visa"
    named = customers.update(made.id, {"name": "V"})
    assert (named.name, named.invoice_settings.default_payment_method) == ("V", "pm_card_chargeDeclined")
    assert customers.update(made.id, card("")).invoice_settings.default_payment_method is None


def test_seeded_once(sandbox: RunningSandbox) -> None:
    given = {"customers": [{"id": "cus_1", "payment_method": "pm_card_visa"}]}
    assert [sandbox.seed(**given) for _ in range(2)] == [{"customers": 1}, {"customers": 0}]
    assert sandbox.client().v1.customers.retrieve("cus_1").invoice_settings.default_payment_method == "pm_card_visa"


def test_refusals(sandbox: RunningSandbox) -> None:
    client = sandbox.client()
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod"):
        client.v1.customers.create(card("pm_none"))
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.payment_intents.create({"amount": 5, "currency": "usd", "customer": "cus_none"})
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.retrieve("cus_none")
