"""Reversals, payouts and evidence: each outcome, and what is found afterwards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.gateways.payments import (
    Outcome,
    PaymentsUnavailableError,
    Refused,
    RetrySameKey,
    Succeeded,
    Unknown,
)
from backoffice.gateways.stripe_payments import StripePayments
from tests.sandbox.running import RunningSandbox

DAY = 86_400
ATTEMPT = {"payout_id": "7", "attempt": "1"}


@pytest.fixture
def transfer(payments: StripePayments) -> str:
    """25.00 USD on the vendor's account."""
    outcome = payments.transfer(
        account="acct_1", amount=Decimal(25), currency="USD", transfer_group="g", key="t", metadata={}
    )
    assert isinstance(outcome, Succeeded)
    return outcome.id


def reverse(payments: StripePayments, transfer: str, amount: str = "10.00", key: str = "reversal:7:1") -> Outcome:
    return payments.reverse_transfer(
        transfer=transfer, amount=Decimal(amount), currency="USD", key=key, metadata=ATTEMPT
    )


def pay_out(payments: StripePayments, amount: str = "10.00", key: str = "payout:7:bank:1", **more: str) -> Outcome:
    what = {"account": "acct_1", "currency": "USD"} | more
    return payments.pay_out(amount=Decimal(amount), key=key, metadata=ATTEMPT, **what)


class TestReverseTransfer:
    def test_succeeds(self, payments, sandbox, transfer):
        """REC-2: the money is the platform's again."""
        outcome = reverse(payments, transfer)
        assert isinstance(outcome, Succeeded)
        assert (outcome.status, outcome.raw["amount"], outcome.raw["metadata"]) == ("created", 1000, ATTEMPT)
        assert payments.connected_balance("acct_1", "USD") == Decimal("15.00")
        assert payments.available_balance("USD") == Decimal("985.00")
        (effect,) = sandbox.effects("transfer_reversal.created")
        assert (effect["id"], effect["key"]) == (outcome.id, "reversal:7:1")

    def test_account_has_spent_it(self, payments, transfer):
        """REC-2: definite, so the next way of recovery is tried."""
        pay_out(payments, "20.00")
        outcome = reverse(payments, transfer)
        assert isinstance(outcome, Refused)
        assert outcome.code == "balance_insufficient"

    def test_more_than_the_transfer(self, payments, transfer):
        """M6"""
        assert isinstance(reverse(payments, transfer, "20.00"), Succeeded)
        assert isinstance(reverse(payments, transfer, "5.01", "reversal:8:1"), Refused)

    def test_saved_500_with_the_work_done(self, payments, sandbox, transfer):
        """IDE-2: looked up by metadata and adopted."""
        sandbox.fault("work_500")
        assert isinstance(reverse(payments, transfer), Unknown)
        found = payments.find_reversal(transfer, ATTEMPT)
        assert isinstance(found, Succeeded)
        assert [found.id] == [effect["id"] for effect in sandbox.effects("transfer_reversal.created")]
        assert payments.find_reversal(transfer, {**ATTEMPT, "attempt": "2"}) is None

    def test_lost_answer_is_settled_by_the_same_key(self, payments, sandbox, transfer):
        sandbox.fault("work_drop")
        assert isinstance(reverse(payments, transfer), RetrySameKey)
        assert isinstance(reverse(payments, transfer), Succeeded)
        assert len(sandbox.effects("transfer_reversal.created")) == 1


@pytest.mark.usefixtures("transfer")
class TestPayOut:
    def test_has_begun(self, payments):
        """PAY-8: on its way; only later `paid`."""
        outcome = pay_out(payments)
        assert isinstance(outcome, Succeeded)
        assert (outcome.status, outcome.raw["amount"]) == ("pending", 1000)
        assert payments.find_payout("acct_1", ATTEMPT) == outcome
        assert payments.find_payout("acct_1", {"payout_id": "8"}) is None
        assert payments.connected_balance("acct_1", "USD") == Decimal("15.00")

    def test_bank_returned_it(self, payments, sandbox):
        """PAY-9: found as refused, with the bank's reason."""
        made = pay_out(payments)
        assert isinstance(made, Succeeded)
        sandbox.advance(2 * DAY)
        sandbox.happen("payouts", id=made.id, status="failed", failure_code="account_closed")
        found = payments.find_payout("acct_1", ATTEMPT)
        assert isinstance(found, Refused)
        assert found.code == "account_closed"
        again = pay_out(payments, key="payout:7:bank:2")
        assert payments.find_payout("acct_1", ATTEMPT) == again

    def test_given_up(self, payments, sandbox):
        made = pay_out(payments)
        assert isinstance(made, Succeeded)
        sandbox.happen("payouts", id=made.id, status="canceled")
        found = payments.find_payout("acct_1", ATTEMPT)
        assert isinstance(found, Refused)
        assert found.code == "canceled"

    def test_insufficient_funds(self, payments):
        outcome = pay_out(payments, "25.01")
        assert isinstance(outcome, Refused)
        assert outcome.code == "balance_insufficient"

    def test_what_a_payout_cannot_carry(self, payments, sandbox):
        """MON-3: HUF 10.45 is never sent as 10 in silence; nothing is sent at all."""
        outcome = pay_out(payments, "10.45", currency="HUF")
        assert isinstance(outcome, Refused)
        assert (outcome.code, "10.00 HUF of 10.45" in outcome.message) == ("invalid_amount", True)
        assert sandbox.requests("/v1/payouts") == []

    def test_account_there_is_not(self, payments):
        """403 comes before execution and says nothing about an earlier request."""
        assert isinstance(pay_out(payments, account="acct_none"), RetrySameKey)
        with pytest.raises(PaymentsUnavailableError):
            payments.find_payout("acct_none", ATTEMPT)


class TestSubmitEvidence:
    def test_once(self, payments, sandbox):
        """DSP-8: irreversible; the same key answers the same, a new one is refused."""
        dispute = sandbox.happen("disputes", payment_intent="pi_1")["id"]

        def submit(key: str) -> Outcome:
            return payments.submit_evidence(dispute=dispute, evidence={"uncategorized_text": "Delivered."}, key=key)

        first = submit("evidence:7:1")
        assert isinstance(first, Succeeded)
        assert first.status == "under_review"
        assert submit("evidence:7:1") == first
        assert isinstance(submit("evidence:7:2"), Refused)
        assert len(sandbox.requests(f"/v1/disputes/{dispute}")) == 3


def test_decline_is_definite(sandbox: RunningSandbox, payments: StripePayments) -> None:
    """M4: a payment nobody paid cannot be given back."""
    intent = sandbox.happen("payments", amount=100, currency="usd", status="failed")["id"]
    outcome = payments.refund(payment_intent=intent, amount=Decimal(1), currency="USD", key="k", metadata={})
    assert isinstance(outcome, Refused)
