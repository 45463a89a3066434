"""Payments: paid, declined or waiting; their fee, and when their funds are available."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.books import booked, funds
from tests.sandbox.running import RunningSandbox

DAY = 86_400
CARD = {"amount": 10_000, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}


@pytest.fixture
def sandbox(sandbox: RunningSandbox) -> RunningSandbox:
    sandbox.reset()
    sandbox.seed(accounts=[{"id": "acct_1"}])
    return sandbox


def types(sandbox):
    return [event.type for event in sandbox.client().v1.events.list().data[::-1]]


def test_paid(sandbox):
    """The funds less the fee are pending for two days."""
    client = sandbox.client()
    intent = client.v1.payment_intents.create(
        {**CARD, "transfer_group": "order_7", "metadata": {"order": "7"}, "expand": ["latest_charge"]},
        {"idempotency_key": "k"},
    )
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received, charge.transfer_group) == ("succeeded", 10_000, "order_7")
    assert charge.metadata.to_dict() == {"order": "7"}
    txn = client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert (txn.amount, txn.fee, txn.net, txn.status) == (10_000, 320, 9_680, "pending")
    assert (txn.source, txn.fee_details[0].amount, txn.available_on - txn.created) == (charge.id, 320, 2 * DAY)
    assert funds(sandbox) == (0, 9_680)
    sandbox.advance(2 * DAY)
    assert funds(sandbox) == (9_680, 0)
    assert client.v1.balance_transactions.retrieve(txn.id).status == "available"
    assert types(sandbox) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    (event, *_) = client.v1.events.list().data
    assert event.request.idempotency_key == "k"


def test_available_at_once(sandbox):
    sandbox.client().v1.payment_intents.create({**CARD, "payment_method": "pm_card_bypassPending"})
    assert funds(sandbox) == (9_680, 0)


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
def test_declined(sandbox, method, code):
    """A decline is an answer of 402, yet the intent and its failed charge are there; another card pays it."""
    client = sandbox.client()
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create({**CARD, "payment_method": method})
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", code)
    intent_id = declined.value.error.payment_intent.id
    intent = client.v1.payment_intents.retrieve(intent_id)
    assert (intent.status, intent.last_payment_error.decline_code) == ("requires_payment_method", code)
    assert types(sandbox) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    with pytest.raises(stripe.InvalidRequestError, match="was not paid"):
        client.v1.refunds.create({"payment_intent": intent_id})
    paid = client.v1.payment_intents.confirm(intent_id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    assert len(client.v1.charges.list({"payment_intent": intent_id}).data) == 2
    with pytest.raises(stripe.InvalidRequestError) as late:
        client.v1.payment_intents.confirm(intent_id, {"payment_method": "pm_card_visa"})
    assert late.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize("ends", ["succeeded", "failed"])
def test_waits_for_the_customer(sandbox, ends):
    intents = sandbox.client().v1.payment_intents
    intent = intents.create({**CARD, "payment_method": "pm_card_authenticationRequired"})
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    sandbox.happen("payments", id=intent.id, status=ends)
    intent = intents.retrieve(intent.id)
    assert intent.status == {"succeeded": "succeeded", "failed": "requires_payment_method"}[ends]
    assert intent.next_action is None


def test_cancelled(sandbox):
    intents = sandbox.client().v1.payment_intents
    intent = intents.create({"amount": 100, "currency": "usd"})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        sandbox.client().v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError, match="cancellation_reason"):
        intents.cancel(intent.id, {"cancellation_reason": "bored"})
    assert intents.cancel(intent.id, {"cancellation_reason": "abandoned"}).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        intents.cancel(intent.id)
    with pytest.raises(HTTPError) as refused:
        sandbox.happen("payments", id=intent.id)
    refused.value.close()
    assert [one.id for one in intents.list().data] == [intent.id]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"payment_method": "pm_card_none"}, "resource_missing"),
        ({"currency": "xxx"}, None),
        ({"confirm": "yes"}, None),
    ],
)
def test_refusals(sandbox, changed, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client().v1.payment_intents.create({**CARD, **changed})
    assert refused.value.code == code
    assert types(sandbox) == []


def test_confirmed_without_a_method(sandbox):
    with pytest.raises(stripe.InvalidRequestError, match="no payment method"):
        sandbox.client().v1.payment_intents.create({"amount": 1, "currency": "usd", "confirm": True})


def test_by_control(sandbox):
    """A demo's customer pays: with a fee and a time of its own, and an id of its own."""
    now = sandbox.happen("clock")["now"]
    intent = sandbox.happen("payments", id="pi_x", amount=100, currency="eur", fee=3, available_on=now + 9)
    assert (intent["id"], intent["status"]) == ("pi_x", "succeeded")
    assert funds(sandbox, currency="eur") == (0, 97)
    with pytest.raises(HTTPError) as refused:
        sandbox.happen("payments", amount=100, currency="eur", status="maybe")
    refused.value.close()
    assert types(sandbox)[3:] == []


def test_seeded_payments_make_no_events(sandbox):
    """What was there before the sandbox has its bookings and its time, but nobody is told."""
    now = sandbox.happen("clock")["now"]
    seeded = {"id": "pi_s", "amount": 500, "currency": "usd", "created": now - DAY, "amount_refunded": 100}
    sandbox.seed(payment_intents=[{**seeded, "fee": 20, "available_on": now + DAY, "metadata": {"order": "7"}}])
    assert booked(sandbox) == [("charge", 500, 20), ("refund", -100, 0)]
    assert booked(sandbox, created={"lt": now}) == [("charge", 500, 20)]
    assert funds(sandbox) == (-100, 480)
    assert sandbox.client().v1.payment_intents.retrieve("pi_s").metadata["order"] == "7"
    assert types(sandbox) == []


def test_faster_for_a_demo(sandbox):
    assert sandbox.configure(charge_seconds=0)["charge_seconds"] == 0
    sandbox.happen("payments", amount=1_000, currency="usd")
    assert funds(sandbox) == (941, 0)
    for wrong in ({"charge_seconds": -1}, {"colour": 1}):
        with pytest.raises(HTTPError) as refused:
            sandbox.configure(**wrong)
        refused.value.close()


def test_booking_filters(sandbox):
    charge = sandbox.happen("payments", amount=100, currency="usd", fee=0)["latest_charge"]
    sandbox.happen("payments", amount=100, currency="eur", fee=0)
    assert booked(sandbox, currency="eur") == booked(sandbox, source=charge) == [("charge", 100, 0)]
    assert booked(sandbox, type="refund") == []
