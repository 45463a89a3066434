"""Payouts of connected accounts: on their way by the clock, paid, returned by the bank, given up."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.books import booked, funds
from tests.sandbox.running import RunningSandbox

DAY = 86_400
THERE: Any = {"stripe_account": "acct_1"}


@pytest.fixture
def sandbox(sandbox: RunningSandbox) -> RunningSandbox:
    sandbox.client().v1.transfers.create({"amount": 1_000, "currency": "usd", "destination": "acct_1"})
    return sandbox


def pay_out(sandbox: RunningSandbox, amount: int = 600, currency: str = "usd", **options: Any) -> stripe.Payout:
    what: Any = {"amount": amount, "currency": currency, "metadata": {"payout_id": "7"}}
    return sandbox.client().v1.payouts.create(what, {**THERE, **options})


def status(sandbox, payout):
    return sandbox.client().v1.payouts.retrieve(payout.id, options=THERE).status


def types(sandbox):
    listed = sandbox.client().v1.events.list(options=THERE).data[::-1]
    assert {event.account for event in listed} <= {"acct_1"}
    return [event.type for event in listed]


def test_arrives_by_the_clock(sandbox):
    payout = pay_out(sandbox)
    assert (payout.status, payout.arrival_date % DAY) == ("pending", 0)
    assert funds(sandbox, "acct_1") == (400, 0)
    sandbox.advance(DAY)
    assert status(sandbox, payout) == "in_transit"
    sandbox.advance(DAY)
    assert status(sandbox, payout) == "paid"
    assert types(sandbox) == ["payout.created", "payout.updated", "payout.paid"]
    assert booked(sandbox, "acct_1", payout=payout.id) == [("payout", -600, 0)]


@pytest.mark.parametrize("late", [False, True])
def test_bank_returns_it(sandbox, late):
    """PAY-9: `payout.failed` may follow `payout.paid`; the money is the account's again."""
    payout = pay_out(sandbox)
    if late:
        sandbox.advance(2 * DAY)
    sandbox.happen("payouts", id=payout.id, status="failed", failure_code="account_closed")
    failed = sandbox.client().v1.payouts.retrieve(payout.id, {"expand": ["failure_balance_transaction"]}, THERE)
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert failed.failure_message == "The bank account has been closed."
    assert (failed.failure_balance_transaction.type, failed.failure_balance_transaction.net) == ("payout_failure", 600)
    assert funds(sandbox, "acct_1") == (1_000, 0)
    assert types(sandbox)[-1] == "payout.failed"
    sandbox.advance(3 * DAY)
    assert status(sandbox, payout) == "failed"


def test_given_up_while_pending(sandbox):
    payouts = sandbox.client().v1.payouts
    payout = pay_out(sandbox)
    assert payouts.cancel(payout.id, options=THERE).status == "canceled"
    assert funds(sandbox, "acct_1") == (1_000, 0)
    paid = pay_out(sandbox)
    sandbox.happen("payouts", id=paid.id, status="paid")
    with pytest.raises(stripe.InvalidRequestError, match="cannot become canceled"):
        payouts.cancel(paid.id, options=THERE)
    with pytest.raises(HTTPError) as refused:
        sandbox.happen("payouts", id=payout.id, status="paid")
    refused.value.close()
    assert [one.id for one in payouts.list({"status": "paid"}, THERE).data] == [paid.id]


def test_minutes_instead_of_days(sandbox):
    sandbox.configure(payout_seconds=60)
    payout = pay_out(sandbox)
    assert payout.arrival_date == payout.created + 60
    sandbox.advance(60)
    assert status(sandbox, payout) == "paid"


@pytest.mark.parametrize("currency", ["huf", "twd"])
def test_whole_units_only(sandbox, currency):
    """MON-3: transfers have two decimals, payouts of these currencies none."""
    sandbox.seed(balance={currency: 5_000})
    sandbox.client().v1.transfers.create({"amount": 1_045, "currency": currency, "destination": "acct_1"})
    with pytest.raises(stripe.InvalidRequestError, match="divisible by 100"):
        pay_out(sandbox, 1_045, currency)
    assert pay_out(sandbox, 1_000, currency).amount == 1_000
    assert funds(sandbox, "acct_1", currency) == (45, 0)


def test_refusals(sandbox):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay_out(sandbox, 1_001)
    assert refused.value.code == "balance_insufficient"
    sandbox.happen("accounts", id="acct_1", payouts_enabled=False)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        pay_out(sandbox)
    assert refused.value.code == "payouts_not_allowed"
    with pytest.raises(stripe.InvalidRequestError, match="Stripe-Account"):
        sandbox.client().v1.payouts.create({"amount": 1, "currency": "usd"})
    with pytest.raises(stripe.PermissionError):
        pay_out(sandbox, stripe_account="acct_none")
    assert sandbox.effects("payout.created") == []


def test_same_key_pays_once(sandbox):
    first = pay_out(sandbox, idempotency_key="k")
    assert pay_out(sandbox, idempotency_key="k").id == first.id
    assert len(sandbox.effects("payout.created")) == 1
