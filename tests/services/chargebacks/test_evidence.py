"""The answer to a chargeback: its pack, once and for good, by two people from the threshold on (DSP-8)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.actions import registry
from backoffice.actions.base import Result
from backoffice.actions.submit import One, approve, submit
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError
from backoffice.gateways.payments import Refused, RetrySameKey, Succeeded
from backoffice.gateways.stripe_payments import StripePayments
from backoffice.permissions import Role
from backoffice.services.chargebacks import deadlines, evidence
from backoffice.services.chargebacks.pack import LONGEST, assemble
from models import Notification, OrderItem, Shipment
from models.chargeback import ChargebackStatus as Status
from models.chargeback import EvidenceKind
from models.operation import OperationStatus
from models.shipment import ShipmentStatus
from tests.factories import (
    acting_for,
    make_chargeback,
    make_dispute,
    make_evidence,
    make_message,
    make_order,
    make_shipment,
    make_user,
    payment_of,
)
from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.sandbox.running import KEY
from tests.services.chargebacks.states import chargeback_of, tell

__all__ = ["sandbox", "sandbox_process"]
ADD, SUBMIT = (registry.get(f"chargeback.{verb}_evidence") for verb in ("add", "submit"))


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def order(session):
    return make_order(session)


@pytest.fixture
def chargeback(session, order):
    return make_chargeback(session, order)


def at_stripe(session, sandbox, order, **how):
    """The bank disputes the payment in the sandbox: our chargeback, and the gateway."""
    intent = payment_of(session, order).stripe_payment_intent_id
    sandbox.seed(payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd"}], balance={"usd": 50_000})
    dispute = sandbox.happen("disputes", payment_intent=intent, **how)
    payments = StripePayments(KEY, api_base=sandbox.url, timeout=(1.0, 2.0), retries=0)
    return make_chargeback(session, order, stripe_dispute_id=dispute["id"], status=Status(dispute["status"])), payments


class TestPack:
    def test_it_is_made_of_the_order(self, session, order, chargeback):
        """DSP-8: order, parcels, their proof, messages, and what people added; nothing internal (DSP-4)."""
        parcel = make_shipment(session, order=order, status=ShipmentStatus.DELIVERED)
        session.execute(
            sa.update(Shipment)
            .where(Shipment.id == parcel.id)
            .values(tracking_number="TRACK-1", carrier="DHL", shipped_at=dt.datetime(2026, 5, 4, tzinfo=dt.UTC))
        )
        session.expire_all()
        dispute = make_dispute(session, order=order)
        make_message(session, dispute=dispute, message="I have it, thank you.")
        make_message(session, dispute=dispute, message="Looks like a fraud.", is_internal=True)
        make_evidence(session, chargeback, text="A lamp of brass.")
        pack = assemble(session, chargeback)
        line = session.scalars(sa.select(OrderItem).where(OrderItem.order_id == order.id)).one()
        assert pack["product_description"] == f"A lamp of brass.\n1 x {line.product_name}, 100.00 USD"
        assert pack["shipping_tracking_number"] == "TRACK-1"
        assert (pack["shipping_carrier"], pack["shipping_date"]) == ("DHL", "2026-05-04")
        assert pack["shipping_address"] == "Ada Byron, 1 Analytical Road, N1 7AA, London, GB"
        assert pack["customer_name"]
        assert "@" in pack["customer_email_address"]
        assert "Message: I have it, thank you." in pack["uncategorized_text"]
        assert "fraud" not in str(pack)

    def test_what_is_not_known_is_left_out(self, session):
        """DSP-8: no address, no parcel; and no more than the provider takes."""
        order = make_order(session, billing_address=None, shipping_address=None)
        chargeback = make_chargeback(session, order)
        make_evidence(session, chargeback, text="x" * (LONGEST + 5))
        pack = assemble(session, chargeback)
        assert set(pack) == {"customer_email_address", "customer_name", "product_description", "service_date"}
        assert len(pack["product_description"]) == LONGEST

    def test_the_dry_run_shows_it(self, session, chargeback, clerk):
        """DSP-8: the preview, question by question."""
        make_evidence(session, chargeback, text="A lamp of brass.")
        (verdict,) = SUBMIT.plan(session, [chargeback], {}, clerk)
        assert verdict.ok
        assert "Product description: A lamp of brass." in verdict.message


class TestAdd:
    def test_it_is_kept(self, session, chargeback, clerk):
        """DSP-8"""
        inputs = {"kind": "access_activity_log", "text": " Used it daily. "}
        assert ADD.plan(session, [chargeback], inputs, clerk)[0].ok
        assert ADD.run.run(session, chargeback, inputs, clerk) == "Added."
        assert assemble(session, chargeback)["access_activity_log"] == "Used it daily."

    @pytest.mark.parametrize("text", [" ", "x" * (LONGEST + 1)])
    def test_a_text_is_a_text(self, session, chargeback, clerk, text):
        """DSP-8"""
        with pytest.raises(InvalidInputError):
            evidence.add(session, chargeback, kind=EvidenceKind.UNCATEGORIZED_TEXT, text=text, acting=clerk)

    @pytest.mark.parametrize("role", [Role.VENDOR, Role.LOGISTICS])
    def test_who_may(self, session, chargeback, role):
        """DSP-8"""
        stranger = acting_for(make_user(session, role))
        with pytest.raises(ForbiddenError):
            evidence.add(session, chargeback, kind=EvidenceKind.UNCATEGORIZED_TEXT, text="x", acting=stranger)
        with pytest.raises(ForbiddenError):
            evidence.begin(session, chargeback, acting=stranger)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"evidence_submitted_at": now()}, "already_answered"),
        ({"evidence_due_at": now() - dt.timedelta(seconds=1)}, "too_late"),
        *(({"status": status}, "illegal_transition") for status in set(Status) - {*SUBMIT.allowed_from}),
    ],
)
def test_what_cannot_be_answered(session, order, clerk, values, code):
    """DSP-8: once, in time, and while the bank asks."""
    chargeback = make_chargeback(session, order, **values)
    with pytest.raises(DomainError) as refusal:
        evidence.begin(session, chargeback, acting=clerk)
    assert refusal.value.code == code
    assert [action.plan(session, [chargeback], {}, clerk)[0].code for action in (ADD, SUBMIT)] == [code] * 2


class TestSecondPerson:
    @pytest.fixture
    def large(self, session):
        return make_chargeback(session, make_order(session, lines=((1, "1000.00"),)))

    def test_it_takes_two(self, session, large, clerk):
        """DSP-8, WHO-1: from 1,000.00 USD on; the need and both people are written down."""
        for alone in (clerk, replace(clerk, approved_by=clerk.user_id)):
            with pytest.raises(SecondPersonError):
                evidence.begin(session, large, acting=alone)
        other = make_user(session, Role.FINANCE).id
        evidence.begin(session, large, acting=replace(clerk, approved_by=other))
        assert (large.second_person_required, large.evidence_submitted_by, large.approved_by) == (
            True, clerk.user_id, other,
        )  # fmt: skip

    def test_the_operation_waits_for_them(self, session, large, chargeback, clerk):
        """WHO-1: and a small one does not."""
        for row, status in ((large, OperationStatus.AWAITING_APPROVAL), (chargeback, OperationStatus.QUEUED)):
            operation = submit(
                session, SUBMIT, One(row.id), {}, client_key=uuid.uuid4().hex, acting=clerk, panel=clerk.role
            )
            assert operation.status is status
        with pytest.raises(DomainError):
            approve(session, operation.id, acting=clerk)


class TestSend:
    @pytest.mark.parametrize(
        ("status", "end"),
        [("needs_response", Status.UNDER_REVIEW), ("warning_needs_response", Status.WARNING_UNDER_REVIEW)],
    )
    def test_the_bank_gets_the_pack(self, session, sandbox, order, clerk, status, end):
        """DSP-8, M3: what was frozen with the key is what is sent."""
        chargeback, payments = at_stripe(session, sandbox, order, status=status)
        make_evidence(session, chargeback, text="A lamp of brass.")
        what = SUBMIT.run.begin(session, chargeback, {}, clerk)
        outcome = SUBMIT.run.call(payments, what)
        assert SUBMIT.run.settle(session, chargeback, what, outcome, clerk).result is Result.DONE
        assert (chargeback.status, chargeback.evidence_submitted_by) == (end, clerk.user_id)
        at = sandbox.client().v1.disputes.retrieve(chargeback.stripe_dispute_id)
        assert at.evidence.product_description.startswith("A lamp of brass.")
        assert evidence.resume(session, chargeback) is None
        assert SUBMIT.run.settle(session, chargeback, what, outcome, clerk).result is Result.DONE

    def test_a_worker_dies_after_the_call(self, session, sandbox, order, clerk):
        """IDE-1, M4: the second look finds what the first one sent; the bank is answered once."""
        chargeback, payments = at_stripe(session, sandbox, order)
        evidence.call(payments, evidence.begin(session, chargeback, acting=clerk))
        again = SUBMIT.run.resume(session, chargeback, {}, clerk)
        outcome = evidence.call(payments, again)
        assert isinstance(outcome, Succeeded)
        assert evidence.settle(session, chargeback, again, outcome, acting=clerk)
        assert len(sandbox.requests(f"/v1/disputes/{chargeback.stripe_dispute_id}")) == 1

    def test_the_event_comes_before_our_own_answer(self, session, order, clerk):
        """WEB-4: whoever learns it first writes it down; the other changes nothing."""
        tell(session, order, "needs_response")
        chargeback = chargeback_of(session, order)
        what = evidence.begin(session, chargeback, acting=clerk)
        tell(session, order, "under_review")
        assert evidence.settle(session, chargeback, what, Refused(code="x", message="Late."), acting=clerk)
        assert SUBMIT.run.resume(session, chargeback, {}, clerk).result is Result.DONE

    def test_a_lost_answer_is_asked_for_again(self, session, chargeback, clerk):
        """M4: with the same key."""
        what = evidence.begin(session, chargeback, acting=clerk)
        outcome = RetrySameKey("Time-out.")
        assert SUBMIT.run.settle(session, chargeback, what, outcome, clerk).result is Result.RETRY
        assert SUBMIT.run.resume(session, chargeback, {}, clerk).key == what.key

    def test_a_refused_answer_can_be_changed(self, session, sandbox, order, clerk):
        """IDE-1: it never reached the bank, so there is another attempt with another key."""
        chargeback, payments = at_stripe(session, sandbox, order)
        what = evidence.begin(session, chargeback, acting=clerk)
        refused = Refused(code="parameter_unknown", message="No such question.")
        settled = SUBMIT.run.settle(session, chargeback, what, refused, clerk)
        assert (settled.result, chargeback.attempt, chargeback.idempotency_key) == (Result.FAILED, 2, None)
        assert "No such question." in settled.message
        evidence.add(session, chargeback, kind=EvidenceKind.UNCATEGORIZED_TEXT, text="More.", acting=clerk)
        again = evidence.begin(session, chargeback, acting=clerk)
        assert again.key != what.key
        assert evidence.settle(session, chargeback, again, evidence.call(payments, again), acting=clerk)
        assert chargeback.status is Status.UNDER_REVIEW

    def test_it_has_gone_on_meanwhile(self, session, chargeback, clerk):
        """DSP-8: the bank decided while the answer was on its way; only the answer is noted."""
        what = evidence.begin(session, chargeback, acting=clerk)
        chargeback.status, chargeback.closed_at = Status.LOST, now()
        assert evidence.settle(session, chargeback, what, Succeeded("du_1", "lost"), acting=clerk)
        assert (chargeback.status, chargeback.evidence_submitted_at is None) == (Status.LOST, False)


@pytest.mark.parametrize(("hours", "told"), [(73, []), (71, ["72"]), (25, ["72"]), (23, ["24"]), (-1, [])])
def test_finance_is_reminded(session, order, clerk, hours, told):
    """DSP-8: 72 and 24 hours before it is due, once each."""
    due = now() + dt.timedelta(hours=hours)
    make_chargeback(session, order, evidence_due_at=due, amount=Decimal(1))
    make_chargeback(session, order, evidence_due_at=due, evidence_submitted_at=now(), amount=Decimal(1))
    make_chargeback(session, order, evidence_due_at=due, status=Status.UNDER_REVIEW, amount=Decimal(1))
    for _ in range(2):
        deadlines.remind(session, limit=10)
    titles = session.scalars(sa.select(Notification.title).where(Notification.shown_to(clerk.user_id))).all()
    assert titles == [f"A chargeback must be answered within {stage} hours" for stage in told]
