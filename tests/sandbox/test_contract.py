"""Everything the sandbox returns and takes is what the installed SDK knows: exactly its fields, only its parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe
from stripe import params

from backoffice.gateways import stripe_payments
from backoffice.sandbox.stripe import events
from backoffice.sandbox.stripe.routes import ROUTES, Route
from tests.sandbox.contract import compare
from tests.sandbox.running import RunningSandbox

#: Keys of the TypedDicts that are options of the request, not parameters.
OPTIONS = set(stripe.RequestOptions.__annotations__)


def _raw(answer: stripe.StripeObject) -> dict:
    return json.loads(answer.last_response.body)


def test_versions_agree() -> None:
    """The SDK, the gateway and the sandbox speak one version; an upgrade of one is a decision about all."""
    assert stripe.api_version == stripe_payments.API_VERSION == events.API_VERSION


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


def test_customer(sandbox: RunningSandbox) -> None:
    """With and without a card, and what the customer was charged."""
    client = sandbox.client()
    made = _raw(client.v1.customers.create({"email": "v@example.test", "metadata": {"vendor": "7"}}))
    assert compare(made, stripe.Customer, "customer") == []
    card: Any = {"invoice_settings": {"default_payment_method": "pm_card_visa"}}
    changed = _raw(client.v1.customers.update(made["id"], card))
    assert compare(changed, stripe.Customer, "customer") == []
    assert _raw(client.v1.customers.retrieve(made["id"])) == changed
    charged: Any = {"amount": 500, "currency": "usd", "customer": made["id"], "confirm": True, "off_session": True}
    intent = _raw(client.v1.payment_intents.create({**charged, "payment_method": "pm_card_visa"}))
    assert (intent["customer"], intent["status"]) == (made["id"], "succeeded")
    assert compare(intent, stripe.PaymentIntent, "intent") == []
    assert _raw(client.v1.charges.retrieve(intent["latest_charge"]))["customer"] == made["id"]
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create({**charged, "payment_method": "pm_card_authenticationRequired"})
    assert (declined.value.code, declined.value.error.decline_code) == ("authentication_required",) * 2
    left = _raw(client.v1.payment_intents.retrieve(declined.value.error.payment_intent.id))
    assert compare(left, stripe.PaymentIntent, "declined") == []
    assert len(client.v1.payment_intents.list({"customer": made["id"]}).data) == 2


def test_payment_that_fails_or_waits(sandbox: RunningSandbox) -> None:
    client = sandbox.client()
    for status in ("succeeded", "failed", "requires_action"):
        intent = sandbox.happen("payments", amount=500, currency="usd", status=status)
        assert compare(_raw(client.v1.payment_intents.retrieve(intent["id"])), stripe.PaymentIntent, status) == []
    charges = _raw(client.v1.charges.list())["data"]
    assert [compare(charge, stripe.Charge, "charge") for charge in charges] == [[]] * len(charges)


def test_money_that_moves(sandbox: RunningSandbox) -> None:
    """Transfers, reversals, payouts, disputes and every booking they make."""
    client = sandbox.client()
    there: Any = {"stripe_account": "acct_1"}
    charge = client.v1.payment_intents.retrieve("pi_1").latest_charge
    made = client.v1.transfers.create(
        {"amount": 900, "currency": "usd", "destination": "acct_1", "source_transaction": str(charge)}
    )
    reversal = _raw(client.v1.transfers.reversals.create(made.id, {"amount": 100, "metadata": {"a": "b"}}))
    assert compare(reversal, stripe.TransferReversal, "reversal") == []
    assert _raw(client.v1.transfers.reversals.retrieve(made.id, reversal["id"])) == reversal
    assert _raw(client.v1.transfers.reversals.list(made.id))["data"] == [reversal]
    assert compare(_raw(client.v1.transfers.retrieve(made.id)), stripe.Transfer, "transfer") == []
    payment = _raw(client.v1.charges.retrieve(made.destination_payment, options=there))
    assert compare(payment, stripe.Charge, "payment") == []
    payout = _raw(client.v1.payouts.create({"amount": 300, "currency": "usd"}, there))
    assert compare(payout, stripe.Payout, "payout") == []
    sandbox.happen("payouts", id=payout["id"], status="failed", failure_code="account_closed")
    assert compare(_raw(client.v1.payouts.retrieve(payout["id"], options=there)), stripe.Payout, "payout") == []
    dispute = sandbox.happen("disputes", payment_intent="pi_1", amount=700)
    sandbox.happen("disputes", id=dispute["id"], status="won")
    assert compare(_raw(client.v1.disputes.retrieve(dispute["id"])), stripe.Dispute, "dispute") == []
    for options in ({}, there):
        booked = _raw(client.v1.balance_transactions.list(options=options))["data"]
        assert len(booked) == (4 if options else 5)
        assert [compare(one, stripe.BalanceTransaction, "txn") for one in booked] == [[]] * len(booked)


def test_events_and_their_endpoints(sandbox: RunningSandbox) -> None:
    """Each event is of a type the SDK knows, and so is the object in it."""
    client = sandbox.client()
    endpoint = _raw(client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]}))
    assert compare(endpoint, stripe.WebhookEndpoint, "endpoint") == []
    assert endpoint["secret"].startswith("whsec_")
    shown = {name: value for name, value in endpoint.items() if name != "secret"}
    assert _raw(client.v1.webhook_endpoints.list())["data"] == [shown]
    assert _raw(client.v1.webhook_endpoints.retrieve(endpoint["id"])) == shown
    client.v1.refunds.create({"payment_intent": "pi_1", "amount": 1})
    sandbox.happen("accounts", id="acct_1", payouts_enabled=False, past_due=["external_account"])
    there: Any = {"stripe_account": "acct_1"}
    for options, kinds in (({}, ["charge.refunded", "refund.created"]), (there, ["account.updated"])):
        events = _raw(client.v1.events.list(options=options))["data"]
        assert [event["type"] for event in events] == kinds
        assert [compare(event, stripe.Event, "event") for event in events] == [[]] * len(events)
    assert _raw(client.v1.webhook_endpoints.delete(endpoint["id"]))["deleted"] is True


def test_the_comparison_finds_faults(sandbox: RunningSandbox) -> None:
    """The check itself is worth something: an unknown, a missing and a mistyped field are each found."""
    intent = _raw(sandbox.client().v1.payment_intents.retrieve("pi_1"))
    assert compare({**intent, "colour": "red"}, stripe.PaymentIntent, "i") == ["i.colour: unknown to the SDK"]
    assert compare({**intent, "amount": "1"}, stripe.PaymentIntent, "i") == ["i.amount: '1' is no <class 'int'>"]
    del intent["amount"]
    assert compare(intent, stripe.PaymentIntent, "i") == ["i.amount: missing"]
