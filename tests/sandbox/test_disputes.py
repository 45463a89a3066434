"""Disputes and refunds that fail late: what banks do afterwards."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.books import booked, funds
from tests.sandbox.running import RunningSandbox

DAY = 86_400


def dispute(sandbox: RunningSandbox, **more):
    made = sandbox.happen("disputes", payment_intent="pi_1", **more)
    return sandbox.client().v1.disputes.retrieve(made["id"])


def types(sandbox: RunningSandbox) -> list[str]:
    return [event.type.removeprefix("charge.dispute.") for event in sandbox.client().v1.events.list().data[::-1]]


class TestDispute:
    def test_takes_money_and_a_fee(self, sandbox):
        made = dispute(sandbox, amount=4_000, reason="product_not_received")
        assert (made.status, made.reason, made.payment_intent) == ("needs_response", "product_not_received", "pi_1")
        assert made.evidence_details.due_by == made.created + 7 * DAY
        assert booked(sandbox, source=made.id) == [("adjustment", -4_000, 1_500)]
        assert made.balance_transactions[0].reporting_category == "dispute"
        assert funds(sandbox) == (100_000 - 5_500, 0)
        assert types(sandbox) == ["created", "funds_withdrawn"]
        assert sandbox.client().v1.charges.retrieve(made.charge).disputed is True
        assert [one.id for one in sandbox.client().v1.disputes.list({"payment_intent": "pi_1"}).data] == [made.id]
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sandbox.client().v1.refunds.create({"payment_intent": "pi_1"})
        assert refused.value.code == "charge_disputed"

    @pytest.mark.parametrize(("fee_returned", "left"), [(False, 98_500), (True, 100_000)])
    def test_won(self, sandbox, fee_returned, left):
        made = dispute(sandbox)
        sandbox.happen("disputes", id=made.id, status="won", fee_returned=fee_returned)
        won = sandbox.client().v1.disputes.retrieve(made.id)
        assert (won.status, len(won.balance_transactions), funds(sandbox)[0]) == ("won", 2, left)
        assert types(sandbox) == ["created", "funds_withdrawn", "funds_reinstated", "closed"]
        assert sandbox.client().v1.refunds.create({"payment_intent": "pi_1"}).amount == 10_000

    def test_evidence_is_sent_once(self, sandbox):
        """DSP-8: kept as often as wanted, sent once."""
        disputes = sandbox.client().v1.disputes
        made = dispute(sandbox)
        kept = disputes.update(made.id, {"evidence": {"uncategorized_text": "draft"}, "metadata": {"a": "b"}})
        assert (kept.status, kept.evidence_details.has_evidence) == ("needs_response", True)
        sent = disputes.update(made.id, {"evidence": {"customer_name": "Ann"}, "submit": True})
        assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
        assert (sent.evidence.customer_name, sent.evidence.uncategorized_text) == ("Ann", "draft")
        with pytest.raises(stripe.InvalidRequestError, match="no longer be changed"):
            disputes.update(made.id, {"submit": True})
        sandbox.happen("disputes", id=made.id, status="lost")
        assert funds(sandbox) == (88_500, 0)
        assert types(sandbox) == ["created", "funds_withdrawn", "updated", "updated", "closed"]

    def test_evidence_that_is_late_or_strange(self, sandbox):
        disputes = sandbox.client().v1.disputes
        made = dispute(sandbox)
        for wrong in ({"colour": "red"}, {"customer_name": {"first": "Ann"}}):
            with pytest.raises(stripe.InvalidRequestError):
                disputes.update(made.id, {"evidence": wrong})
        sandbox.advance(7 * DAY + 1)
        with pytest.raises(stripe.InvalidRequestError, match="is over"):
            disputes.update(made.id, {"submit": True})

    def test_accepted(self, sandbox):
        disputes = sandbox.client().v1.disputes
        made = dispute(sandbox)
        assert disputes.close(made.id).status == "lost"
        with pytest.raises(stripe.InvalidRequestError, match="cannot become lost"):
            disputes.close(made.id)

    def test_inquiry_takes_nothing_until_it_is_a_dispute(self, sandbox):
        disputes = sandbox.client().v1.disputes
        first = dispute(sandbox, status="warning_needs_response", amount=100)
        assert first.is_charge_refundable
        assert disputes.update(first.id, {"submit": True}).status == "warning_under_review"
        sandbox.happen("disputes", id=first.id, status="warning_closed")
        second = dispute(sandbox, status="warning_needs_response", amount=100, fee=0)
        assert funds(sandbox) == (100_000, 0)
        sandbox.happen("disputes", id=second.id, status="needs_response")
        assert funds(sandbox) == (99_900, 0)
        assert disputes.close(dispute(sandbox, status="warning_needs_response").id).status == "warning_closed"

    @pytest.mark.parametrize("wrong", [{"status": "won"}, {"amount": 0}, {"amount": 10_001}])
    def test_cannot_begin(self, sandbox, wrong):
        with pytest.raises(HTTPError) as refused:
            dispute(sandbox, **wrong)
        refused.value.close()
        assert types(sandbox) == []


class TestLateRefund:
    def test_fails_after_it_succeeded(self, sandbox):
        """The bank returned it: the platform has the money again, and the charge can be refunded anew."""
        refunds = sandbox.client().v1.refunds
        made = refunds.create({"payment_intent": "pi_1", "amount": 4_000})
        sandbox.happen("refunds", id=made.id, status="failed", failure_reason="lost_or_stolen_card")
        failed = refunds.retrieve(made.id, {"expand": ["failure_balance_transaction", "charge"]})
        assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
        assert (failed.failure_balance_transaction.net, failed.charge.amount_refunded) == (4_000, 0)
        assert funds(sandbox) == (100_000, 0)
        assert types(sandbox)[2:] == ["refund.updated", "charge.refund.updated", "refund.failed"]
        with pytest.raises(HTTPError) as refused:
            sandbox.happen("refunds", id=made.id, status="succeeded")
        refused.value.close()

    @pytest.mark.parametrize(("ends", "left"), [("succeeded", 96_000), ("failed", 100_000)])
    def test_pending_ends(self, sandbox, ends, left):
        sandbox.seed(balance={"usd": 0})
        refunds = sandbox.client().v1.refunds
        made = refunds.create({"payment_intent": "pi_1", "amount": 4_000})
        assert (made.status, made.pending_reason, made.balance_transaction) == ("pending", "insufficient_funds", None)
        sandbox.seed(balance={"usd": 100_000})
        sandbox.happen("refunds", id=made.id, status=ends)
        assert (refunds.retrieve(made.id).status, funds(sandbox)[0]) == (ends, left)

    def test_failed_at_once(self, sandbox):
        sandbox.seed(payment_intents=[{"id": "pi_f", "amount": 100, "currency": "usd", "refund_status": "failed"}])
        made = sandbox.client().v1.refunds.create({"payment_intent": "pi_f"})
        assert booked(sandbox, source=made.id) == [("refund", -100, 0), ("refund_failure", 100, 0)]
        assert types(sandbox) == ["refund.created", "refund.failed"]

    def test_no_such_refund(self, sandbox):
        with pytest.raises(HTTPError) as refused:
            sandbox.happen("refunds", id="pi_1", status="failed")
        assert refused.value.code == 404
        refused.value.close()
