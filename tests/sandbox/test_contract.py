"""Everything the sandbox returns and takes is what the installed SDK knows: exactly its fields, only its parameters."""

from __future__ import annotations

import json

import pytest
import stripe
from stripe import params

from backoffice.gateways import stripe_payments
from backoffice.sandbox.stripe import service
from backoffice.sandbox.stripe.routes import ROUTES, Route
from tests.sandbox.contract import compare
from tests.sandbox.running import RunningSandbox

#: Keys of the TypedDicts that are options of the request, not parameters.
OPTIONS = set(stripe.RequestOptions.__annotations__)


def _raw(answer: stripe.StripeObject) -> dict:
    return json.loads(answer.last_response.body)


def test_versions_agree() -> None:
    """The SDK, the gateway and the sandbox speak one version; an upgrade of one is a decision about all."""
    assert stripe.api_version == stripe_payments.API_VERSION == service.API_VERSION


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.pattern.pattern}")
def test_parameters(route: Route) -> None:
    known = getattr(params, route.sdk)
    assert set(route.takes) <= set(known.__annotations__) - OPTIONS
    assert set(known.__required_keys__) <= route.required


def test_payment_intent_and_charge(sandbox: RunningSandbox) -> None:
    client = sandbox.client()
    intent = _raw(client.v1.payment_intents.retrieve("pi_1"))
    assert compare(intent, stripe.PaymentIntent, "intent") == []
    charge = _raw(client.v1.charges.retrieve(intent["latest_charge"]))
    assert compare(charge, stripe.Charge, "charge") == []


@pytest.mark.parametrize("ends", ["succeeded", "pending", "failed"])
def test_refund(sandbox: RunningSandbox, ends: str) -> None:
    sandbox.seed(payment_intents=[{"id": "pi_2", "amount": 500, "currency": "usd", "refund_status": ends}])
    client = sandbox.client()
    made = _raw(client.v1.refunds.create({"payment_intent": "pi_2", "metadata": {"a": "b"}}))
    assert made["status"] == ends
    assert compare(made, stripe.Refund, "refund") == []
    assert _raw(client.v1.refunds.retrieve(made["id"])) == made
    listed = _raw(client.v1.refunds.list({"payment_intent": "pi_2"}))
    assert listed == {"object": "list", "data": [made], "has_more": False, "url": "/v1/refunds"}


def test_transfer(sandbox: RunningSandbox) -> None:
    client = sandbox.client()
    made = _raw(
        client.v1.transfers.create({"amount": 5, "currency": "usd", "destination": "acct_1", "transfer_group": "g"})
    )
    assert compare(made, stripe.Transfer, "transfer") == []
    assert _raw(client.v1.transfers.retrieve(made["id"])) == made
    assert _raw(client.v1.transfers.list({"transfer_group": "g"}))["data"] == [made]


def test_account_and_balance(sandbox: RunningSandbox) -> None:
    client = sandbox.client()
    account = _raw(client.v1.accounts.create({"country": "DE", "metadata": {"vendor": "7"}}))
    assert compare(account, stripe.Account, "account") == []
    assert _raw(client.v1.accounts.retrieve(account["id"])) == account
    assert compare(_raw(client.v1.balance.retrieve()), stripe.Balance, "balance") == []


def test_the_comparison_finds_faults(sandbox: RunningSandbox) -> None:
    """The check itself is worth something: an unknown, a missing and a mistyped field are each found."""
    intent = _raw(sandbox.client().v1.payment_intents.retrieve("pi_1"))
    assert compare({**intent, "colour": "red"}, stripe.PaymentIntent, "i") == ["i.colour: unknown to the SDK"]
    assert compare({**intent, "amount": "1"}, stripe.PaymentIntent, "i") == ["i.amount: '1' is no <class 'int'>"]
    del intent["amount"]
    assert compare(intent, stripe.PaymentIntent, "i") == ["i.amount: missing"]
