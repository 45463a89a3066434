"""`StripePayments` over real HTTP: each outcome class, from each failure that leads to it."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.config import Config, ConfigError
from backoffice.gateways.payments import (
    Outcome,
    PaymentsUnavailableError,
    Refused,
    RetrySameKey,
    Succeeded,
    Unknown,
)
from backoffice.gateways.stripe_payments import StripePayments, make_payments
from tests.sandbox.running import KEY

ATTEMPT = {"refund_id": "7", "attempt": "1"}


def refund(payments: StripePayments, amount: str = "40.00", key: str = "refund:7:1") -> Outcome:
    return payments.refund(payment_intent="pi_1", amount=Decimal(amount), currency="USD", key=key, metadata=ATTEMPT)


def transfer(payments: StripePayments, amount: str = "25.00", key: str = "payout:7:transfer:1", **more: str) -> Outcome:
    what = {"account": "acct_1", "currency": "USD", "transfer_group": "payout_7"} | more
    return payments.transfer(amount=Decimal(amount), key=key, metadata={"payout_id": "7", "attempt": "1"}, **what)


class TestRefund:
    def test_succeeds(self, payments, sandbox):
        """M4: success carries Stripe's id, status and whole answer; the wire has the smallest unit (MON-3)."""
        outcome = refund(payments)
        assert isinstance(outcome, Succeeded)
        assert (outcome.status, outcome.raw["amount"]) == ("succeeded", 4000)
        assert outcome.raw["metadata"] == ATTEMPT
        assert payments.available_balance("USD") == Decimal("960.00")
        (effect,) = sandbox.effects("refund.created")
        assert (effect["id"], effect["amount"], effect["key"]) == (outcome.id, 4000, "refund:7:1")

    def test_pending_has_begun(self, payments, sandbox):
        sandbox.seed(balance={"usd": 0})
        outcome = refund(payments)
        assert isinstance(outcome, Succeeded)
        assert outcome.status == "pending"

    def test_failed_is_refused(self, payments, sandbox):
        sandbox.seed(payment_intents=[{"id": "pi_f", "amount": 100, "currency": "usd", "refund_status": "failed"}])
        outcome = payments.refund(payment_intent="pi_f", amount=Decimal(1), currency="USD", key="k", metadata=ATTEMPT)
        assert isinstance(outcome, Refused)
        assert outcome.code == "expired_or_canceled_card"
        assert payments.find_refund("pi_f", ATTEMPT) == outcome

    def test_more_than_is_left(self, payments):
        """M6: the provider refuses too."""
        refund(payments, "60.00")
        outcome = refund(payments, "60.00", key="refund:8:1")
        assert isinstance(outcome, Refused)
        assert "greater than unrefunded amount" in outcome.message
        refund(payments, "40.00", key="refund:9:1")
        again = refund(payments, "1.00", key="refund:10:1")
        assert isinstance(again, Refused)
        assert again.code == "charge_already_refunded"

    def test_amount_stripe_cannot_carry(self, payments, sandbox):
        """MON-3: refused before anything is sent."""
        outcome = payments.refund(
            payment_intent="pi_1", amount=Decimal("1.001"), currency="KWD", key="k", metadata=ATTEMPT
        )
        assert isinstance(outcome, Refused)
        assert outcome.code == "invalid_amount"
        assert sandbox.requests("/v1/refunds") == []

    def test_unknown_intent(self, payments):
        outcome = payments.refund(
            payment_intent="pi_none", amount=Decimal(1), currency="USD", key="k", metadata=ATTEMPT
        )
        assert isinstance(outcome, Refused)
        assert outcome.code == "resource_missing"


class TestTransfer:
    def test_succeeds(self, payments):
        """PAY-8: a transfer has no status of its own."""
        outcome = transfer(payments)
        assert isinstance(outcome, Succeeded)
        assert (outcome.status, outcome.raw["transfer_group"]) == ("created", "payout_7")
        assert payments.available_balance("USD") == Decimal("975.00")

    def test_insufficient_funds_stay_refused_under_the_same_key(self, payments, sandbox):
        """M4: definite; Stripe replays the saved 400, so money that arrives later needs a new attempt."""
        first = transfer(payments, "5000.00")
        assert isinstance(first, Refused)
        assert first.code == "balance_insufficient"
        sandbox.seed(balance={"usd": 10_000_000})
        assert transfer(payments, "5000.00") == first
        assert isinstance(transfer(payments, "5000.00", key="payout:7:transfer:2"), Succeeded)

    @pytest.mark.parametrize(
        ("account", "code"),
        [("acct_none", "resource_missing"), ("acct_shut", "insufficient_capabilities_for_transfer")],
    )
    def test_account_that_cannot_receive(self, payments, sandbox, account, code):
        sandbox.seed(accounts=[{"id": "acct_shut", "payouts_enabled": False}])
        outcome = transfer(payments, account=account)
        assert isinstance(outcome, Refused)
        assert outcome.code == code


class TestFailures:
    @pytest.mark.parametrize(
        "kind", ["drop", "work_drop", "reset", "truncate", "409", "429", "lock_timeout", "html_502"]
    )
    def test_retry_with_the_same_key_settles_it(self, payments, sandbox, kind):
        """M4: network, 409 and 429 are asked again with the same key; whatever was done is done once."""
        sandbox.fault(kind)
        assert isinstance(transfer(payments), RetrySameKey)
        assert isinstance(transfer(payments), Succeeded)
        assert len(sandbox.effects("transfer.created")) == 1

    def test_saved_500_with_the_work_done(self, payments, sandbox):
        """IDE-2: the same key answers 500 for ever; the transfer is found by its group and metadata."""
        sandbox.fault("work_500")
        assert isinstance(transfer(payments), Unknown)
        assert isinstance(transfer(payments), Unknown)
        found = payments.find_transfer("payout_7", {"payout_id": "7", "attempt": "1"})
        assert isinstance(found, Succeeded)
        assert [found.id] == [effect["id"] for effect in sandbox.effects("transfer.created")]

    def test_saved_500_without_the_work(self, payments, sandbox):
        """IDE-2: proven absent by looking, which allows a new attempt."""
        sandbox.fault("500_saved")
        assert isinstance(refund(payments), Unknown)
        assert isinstance(refund(payments), Unknown)
        assert payments.find_refund("pi_1", ATTEMPT) is None
        assert sandbox.effects("refund.created") == []

    def test_500_before_the_work(self, payments, sandbox):
        sandbox.fault("500")
        assert isinstance(refund(payments), Unknown)
        assert isinstance(refund(payments), Succeeded)

    def test_own_retry_hides_one_failure(self, sandbox):
        """One failure in passing is retried by the SDK, with our key."""
        sandbox.fault("work_drop")
        outcome = transfer(StripePayments(KEY, api_base=sandbox.url, retries=1))
        assert isinstance(outcome, Succeeded)
        assert [line["key"] for line in sandbox.requests("/v1/transfers")] == ["payout:7:transfer:1"] * 2

    def test_read_timeout(self, sandbox):
        sandbox.fault("work_hang", seconds=1.5)
        payments = StripePayments(KEY, api_base=sandbox.url, timeout=(2, 0.5), retries=0)
        assert isinstance(transfer(payments), RetrySameKey)
        assert len(sandbox.effects("transfer.created")) == 1

    def test_key_reused_with_other_parameters(self, payments):
        """M3: nothing is known about the money of the first request, so this is never a plain refusal."""
        refund(payments, "40.00")
        outcome = refund(payments, "41.00")
        assert isinstance(outcome, Unknown)
        assert "same parameters" in outcome.reason

    def test_key_that_stripe_does_not_take(self, sandbox):
        """A revoked key says nothing about an earlier request, so it is no definite failure."""
        assert isinstance(refund(StripePayments("sk_live_wrong", api_base=sandbox.url)), RetrySameKey)

    def test_nobody_listens(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            payments = StripePayments(KEY, api_base=f"http://127.0.0.1:{taken.getsockname()[1]}", retries=0)
            assert isinstance(refund(payments), RetrySameKey)
            with pytest.raises(PaymentsUnavailableError):
                payments.available_balance("USD")

    def test_same_key_in_parallel(self, payments, sandbox):
        """M18: twenty at once, one effect."""
        with ThreadPoolExecutor(20) as pool:
            outcomes = list(pool.map(lambda _: transfer(payments), range(20)))
        assert {type(outcome) for outcome in outcomes} <= {Succeeded, RetrySameKey}
        assert len({outcome.id for outcome in outcomes if isinstance(outcome, Succeeded)}) == 1
        assert len(sandbox.effects("transfer.created")) == 1


class TestFind:
    def test_all_metadata_must_match(self, payments):
        made = refund(payments)
        assert payments.find_refund("pi_1", ATTEMPT) == made
        assert payments.find_refund("pi_1", {**ATTEMPT, "attempt": "2"}) is None

    def test_many_pages(self, payments, sandbox):
        for number in range(105):
            payments.refund(
                payment_intent="pi_1",
                amount=Decimal("0.01"),
                currency="USD",
                key=f"k{number}",
                metadata={"refund_id": str(number)},
            )
        assert payments.find_refund("pi_1", {"refund_id": "0"}) is not None
        assert len(sandbox.requests("/v1/refunds", "GET")) == 2

    def test_stripe_unreachable(self, payments, sandbox):
        sandbox.fault("500", method="GET")
        with pytest.raises(PaymentsUnavailableError):
            payments.find_transfer("payout_7", {})


def _config(**settings: str) -> Config:
    return Config(database_url="", migrate_database_url="", var=Path("var"), **settings)


class TestMakePayments:
    def test_without_a_key(self):
        """M16: the web process has none, and code that tries raises."""
        with pytest.raises(ConfigError, match="STRIPE_API_KEY is not set"):
            make_payments(_config())

    def test_live_key_never_goes_to_the_sandbox(self):
        with pytest.raises(ConfigError, match="live key"):
            make_payments(_config(stripe_api_key="sk_live_x", stripe_api_base="http://127.0.0.1:1"))

    def test_worst_case(self):
        """J13: two tries of a turn and 2 + 20 seconds, and a pause of half a second."""
        assert make_payments(_config(stripe_api_key=KEY)).worst_case_seconds == pytest.approx(44.625, abs=0.001)
