"""What Stripe knows, as plain values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import stripe

from backoffice.gateways import stripe_values
from backoffice.gateways.payments import PaymentsUnavailableError, Succeeded
from backoffice.gateways.provider import ProviderAccount
from backoffice.gateways.stripe_payments import StripePayments

DAY = dt.timedelta(days=1)
EARLY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LATE = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def transfer(payments, amount="25.00", currency="USD") -> str:
    made = payments.transfer(
        account="acct_1", amount=Decimal(amount), currency=currency, transfer_group="g", key="t", metadata={"a": "b"}
    )
    assert isinstance(made, Succeeded)
    return made.id


class TestPayment:
    def test_paid_and_disputed(self, payments, sandbox):
        made = sandbox.happen(
            "payments", amount=10_000, currency="usd", fee=320, transfer_group="order_7", metadata={"order": "7"}
        )
        disputes = [
            sandbox.happen("disputes", payment_intent=made["id"], amount=1, status="warning_needs_response")["id"]
            for _ in range(2)
        ]
        payment = payments.payment_state(made["id"])
        assert (payment.id, payment.status, payment.currency) == (made["id"], "succeeded", "USD")
        assert (payment.captured, payment.refunded) == (Decimal("100.00"), Decimal("0.00"))
        assert (payment.fee, payment.fee_currency) == (Decimal("3.20"), "USD")
        assert payment.charge_id == made["latest_charge"]
        assert payment.available_on == dt.datetime.fromtimestamp(made["created"], dt.UTC) + 2 * DAY
        assert (payment.transfer_group, payment.metadata) == ("order_7", {"order": "7"})
        assert payment.dispute_ids == tuple(disputes)

    def test_in_another_unit(self, payments, sandbox):
        """MON-3: the wire's 500 are 5 ISK."""
        sandbox.seed(payment_intents=[{"id": "pi_isk", "amount": 500, "currency": "isk", "amount_refunded": 100}])
        payment = payments.payment_state("pi_isk")
        assert (payment.captured, payment.refunded) == (Decimal(5), Decimal(1))

    @pytest.mark.parametrize("status", ["failed", "requires_action"])
    def test_not_paid(self, payments, sandbox, status):
        made = sandbox.happen("payments", amount=100, currency="usd", status=status)
        payment = payments.payment_state(made["id"])
        assert payment.captured == 0
        assert (payment.available_on, payment.fee, payment.fee_currency) == (None, None, None)
        assert (payment.charge_id is None) == (status == "requires_action")


def test_refund(payments, sandbox):
    made = payments.refund(payment_intent="pi_1", amount=Decimal(40), currency="USD", key="k", metadata={"a": "b"})
    refund = payments.refund_state(made.id)
    assert (refund.status, refund.amount, refund.currency) == ("succeeded", Decimal("40.00"), "USD")
    assert (refund.payment_intent, refund.failure_reason, refund.metadata) == ("pi_1", None, {"a": "b"})
    sandbox.happen("refunds", id=made.id, status="failed", failure_reason="lost_or_stolen_card")
    refund = payments.refund_state(made.id)
    assert (refund.status, refund.failure_reason) == ("failed", "lost_or_stolen_card")


def test_transfer(payments):
    """M6: what came back is told."""
    made = transfer(payments)
    payments.reverse_transfer(transfer=made, amount=Decimal(10), currency="USD", key="r", metadata={})
    state = payments.transfer_state(made)
    assert (state.account, state.amount, state.reversed_amount) == ("acct_1", Decimal("25.00"), Decimal("10.00"))
    assert (state.currency, state.transfer_group, state.metadata) == ("USD", "g", {"a": "b"})


def test_payout(payments, sandbox):
    """PAY-10: polled, with the day it should arrive."""
    transfer(payments)
    made = payments.pay_out(account="acct_1", amount=Decimal(25), currency="USD", key="p", metadata={"a": "b"})
    payout = payments.payout_state("acct_1", made.id)
    assert (payout.status, payout.amount, payout.currency) == ("pending", Decimal("25.00"), "USD")
    assert (payout.arrival_date.tzinfo, payout.arrival_date.hour) == (dt.UTC, 0)
    assert (payout.failure_code, payout.failure_message, payout.metadata) == (None, None, {"a": "b"})
    sandbox.happen("payouts", id=made.id, status="failed", failure_code="account_closed")
    payout = payments.payout_state("acct_1", made.id)
    assert (payout.status, payout.failure_code) == ("failed", "account_closed")
    assert payout.failure_message == "The bank account has been closed."


class TestDispute:
    def test_costs(self, payments, sandbox):
        """DSP-8"""
        made = sandbox.happen("disputes", payment_intent="pi_1", amount=4_000, reason="fraudulent")
        dispute = payments.dispute_state(made["id"])
        assert (dispute.status, dispute.amount, dispute.currency) == ("needs_response", Decimal("40.00"), "USD")
        assert (dispute.reason, dispute.payment_intent, dispute.charge_id) == ("fraudulent", "pi_1", made["charge"])
        assert dispute.due_by == dt.datetime.fromtimestamp(made["created"], dt.UTC) + 7 * DAY
        assert (dispute.fee, dispute.net, dispute.evidence_submitted) == (Decimal("15.00"), Decimal("-55.00"), False)
        payments.submit_evidence(dispute=dispute.id, evidence={"uncategorized_text": "x"}, key="e")
        assert payments.dispute_state(dispute.id).evidence_submitted
        sandbox.happen("disputes", id=dispute.id, status="won")
        dispute = payments.dispute_state(dispute.id)
        assert (dispute.status, dispute.fee, dispute.net) == ("won", Decimal("15.00"), Decimal("-15.00"))

    def test_inquiry(self, payments, sandbox):
        """No booking, no fee; some have no due date."""
        made = sandbox.happen("disputes", payment_intent="pi_1", status="warning_needs_response", due_by=None)
        dispute = payments.dispute_state(made["id"])
        assert (dispute.fee, dispute.net, dispute.due_by) == (Decimal("0.00"), Decimal("0.00"), None)


def test_account(payments, sandbox):
    good = ProviderAccount(
        id="acct_1", charges_enabled=True, payouts_enabled=True, disabled_reason=None, past_due=(), currencies=None
    )
    assert payments.account_state("acct_1") == good
    sandbox.happen("accounts", id="acct_1", payouts_enabled=False, past_due=["external_account"])
    account = payments.account_state("acct_1")
    assert (account.payouts_enabled, account.past_due) == (False, ("external_account",))
    assert account.disabled_reason == "requirements.past_due"
    sandbox.happen("accounts", id="acct_1", bank_currencies=["usd", "eur"])
    assert payments.account_state("acct_1").currencies == ("EUR", "USD")


class TestBalance:
    def test_of_an_account(self, payments):
        transfer(payments)
        assert payments.connected_balance("acct_1", "USD") == Decimal("25.00")
        assert payments.connected_balance("acct_1", "EUR") == 0

    def test_of_an_account_that_owes(self, payments, sandbox):
        """REC-8: what Stripe took back for refunds and fees leaves it below zero."""
        sandbox.seed(balances={"acct_1": {"usd": -1_250, "jpy": -500}})
        assert payments.connected_balance("acct_1", "USD") == Decimal("-12.50")
        assert payments.connected_balance("acct_1", "JPY") == Decimal(-500)
        assert payments.available_balance("USD") == Decimal("1000.00")

    def test_of_an_account_that_is_gone(self, payments):
        """A transfer there tells it for good."""
        assert payments.connected_balance("acct_none", "USD") == 0

    def test_bookings(self, payments, sandbox):
        """LED-7: everything in the time and currency, oldest first, each with the id that journals know it by."""
        sandbox.happen("payments", amount=10_000, currency="eur", fee=320)
        sandbox.happen("payments", amount=500, currency="jpy", fee=20)
        made = transfer(payments)
        first, second = payments.balance_transactions(EARLY, LATE, "USD")
        assert (first.source_id[:3], first.provider_id[:3], second.provider_id) == ("ch_", "pi_", made)
        assert (first.type, second.type, second.source_id) == ("charge", "transfer", made)
        assert (second.amount, second.fee, second.net) == (Decimal("-25.00"), Decimal("0.00"), Decimal("-25.00"))
        (paid,) = payments.balance_transactions(EARLY, LATE, "EUR")
        assert (paid.amount, paid.fee, paid.net) == (Decimal("100.00"), Decimal("3.20"), Decimal("96.80"))
        assert (paid.currency, paid.available_on - paid.created) == ("EUR", 2 * DAY)
        assert payments.balance_transactions(EARLY, LATE, "JPY")[0].net == Decimal(480)
        assert payments.balance_transactions(paid.created + DAY, LATE, "EUR") == []
        assert payments.balance_transactions(EARLY, paid.created, "EUR") == []

    def test_bookings_of_refunds_and_reversals(self, payments):
        """LED-7: a refund goes by its own id, what came back of a transfer by the transfer's."""
        made = transfer(payments)
        payments.reverse_transfer(transfer=made, amount=Decimal(5), currency="USD", key="k-back", metadata={})
        given = payments.refund(payment_intent="pi_1", amount=Decimal(1), currency="USD", key="k-give", metadata={})
        *_, back, refunded = payments.balance_transactions(EARLY, LATE, "USD")
        assert (back.provider_id, back.net, refunded.provider_id) == (made, Decimal(5), given.id)

    @pytest.mark.parametrize(
        ("source", "name"),
        [
            (None, "txn_1"),
            ({"id": "ch_1", "object": "charge", "payment_intent": None}, "ch_1"),
            ({"id": "po_1", "object": "payout"}, "po_1"),
        ],
    )
    def test_bookings_without_a_payment(self, source, name):
        """LED-7: Stripe's own fees have no source, old charges no payment: they go by what they have."""
        booking = {
            "id": "txn_1", "source": source, "type": "stripe_fee", "amount": -100, "fee": 0, "net": -100,
            "currency": "usd", "created": 0, "available_on": 0,
        }  # fmt: skip
        found = stripe_values.transaction(stripe.BalanceTransaction.construct_from(booking, "sk_test"))
        assert (found.provider_id, found.source_id) == (name, source and source["id"])

    def test_many_pages(self, payments, sandbox):
        seeded = [{"id": f"pi_{number}", "amount": 100, "currency": "eur"} for number in range(1, 206)][1:]
        sandbox.seed(payment_intents=seeded)
        assert len(payments.balance_transactions(EARLY, LATE, "EUR")) == 204
        assert len(sandbox.requests("/v1/balance_transactions", "GET")) == 3


class TestEvents:
    def test_not_delivered(self, payments, sandbox):
        """WEB-3: what nobody took, oldest first; connected accounts are asked one by one."""
        sandbox.webhooks(url="http://127.0.0.1:9/", secret="whsec_x")
        sandbox.happen("payments", amount=100, currency="usd", status="requires_action")
        sandbox.happen("accounts", id="acct_1")
        kinds = [event["type"] for event in payments.undelivered_events(EARLY)]
        assert kinds == ["payment_intent.created", "payment_intent.requires_action"]
        (event,) = payments.undelivered_events(EARLY, "acct_1")
        assert (event["type"], event["account"], event["data"]["object"]["id"]) == (
            "account.updated",
            "acct_1",
            "acct_1",
        )
        assert payments.event(event["id"], "acct_1") == event
        assert payments.event(event["id"]) is None
        assert payments.undelivered_events(LATE) == []
        assert payments.undelivered_events(EARLY, "acct_that_left") == []


@pytest.mark.parametrize(
    "read",
    [
        lambda payments: payments.payment_state("pi_none"),
        lambda payments: payments.refund_state("re_none"),
        lambda payments: payments.transfer_state("tr_none"),
        lambda payments: payments.payout_state("acct_1", "po_none"),
        lambda payments: payments.payout_state("acct_none", "po_none"),
        lambda payments: payments.dispute_state("du_none"),
        lambda payments: payments.account_state("acct_none"),
        lambda payments: payments.event("evt_none"),
    ],
)
class TestReadsById:
    def test_unknown_to_stripe(self, payments, read):
        assert read(payments) is None

    def test_stripe_unreachable(self, payments, sandbox, read):
        """Never taken for "there is none"."""
        sandbox.fault("500", method="GET")
        with pytest.raises(PaymentsUnavailableError):
            read(payments)

    def test_refused_for_another_reason(self, payments, sandbox, read):
        sandbox.fault("429", method="GET")
        with pytest.raises(PaymentsUnavailableError):
            read(payments)


def test_key_of_somebody_else(sandbox):
    """A key that Stripe does not take is no answer about the object."""
    with pytest.raises(PaymentsUnavailableError):
        StripePayments("sk_live_wrong", api_base=sandbox.url).refund_state("re_1")


def test_refusal_of_another_kind(payments):
    """An address that Stripe does not know is a fault of ours, not an absent object."""
    with pytest.raises(PaymentsUnavailableError):
        payments.refund_state("re_1/colour")
