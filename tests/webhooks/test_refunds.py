"""Refunds: pending ones that end, those that come back, and those that are not ours (REF-1, REF-4, REF-7, WEB-2)."""

from __future__ import annotations

import itertools
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.permissions import Role
from backoffice.services.refunds import decide, send
from backoffice.services.refunds.request import request
from models import Dispute, Notification, Order, Payment, Refund, Transaction
from models.dispute import DisputeStatus
from models.refund import RefundKind, RefundReason
from tests.factories.acting import acting_for
from tests.factories.disputes import make_dispute
from tests.factories.orders import make_order, make_payment, payment_of
from tests.factories.users import make_user
from tests.webhooks.support import Inbox


def sent(inbox: Inbox, amount: str = "100.00", *, record: bool = True, funds: int = 10_000) -> tuple[uuid.UUID, str]:
    """A refund of an order of 100.00 that went to Stripe; `record` whether our worker wrote its answer down."""
    with inbox.sessions.begin() as session:
        order = make_order(session)
        intent = payment_of(session, order).stripe_payment_intent_id
        inbox.sandbox.seed(
            payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd"}], balance={"usd": funds}
        )
        refund = request(
            session, order=order, kind=RefundKind.GOODWILL, reason=RefundReason.GOODWILL, amount=Decimal(amount),
            acting=acting_for(make_user(session)),
        )  # fmt: skip
        clerk = acting_for(make_user(session, Role.FINANCE))
        what = send.begin(session, refund, acting=clerk)
    outcome = send.call(inbox.runtime.payments, what)
    if record:
        with inbox.sessions.begin() as session:
            send.settle(session, session.get_one(Refund, refund.id, with_for_update=True), what, outcome, acting=clerk)
    return refund.id, outcome.id


def left(inbox: Inbox, refund_id: uuid.UUID) -> tuple[Any, ...]:
    """Refund, payment, order, what is refundable, and the books."""
    with inbox.sessions() as session:
        refund = session.get_one(Refund, refund_id)
        order, payment = session.get_one(Order, refund.order_id), session.get_one(Payment, refund.payment_id)
        lines = session.scalars(
            sa.select(Transaction.amount).where(Transaction.refund_id == refund_id).order_by(Transaction.id)
        ).all()
        return (
            refund.status.value, payment.status.value, order.payment_status.value, payment.refundable,
            [int(line) for line in lines],
        )  # fmt: skip


def test_a_pending_refund_that_succeeds(inbox: Inbox) -> None:
    """REF-4: Stripe had too little money; when it is paid the refund, the payment and the order follow."""
    refund_id, stripe_id = sent(inbox, funds=0)
    assert left(inbox, refund_id) == ("processing", "succeeded", "paid", 0, [])
    assert inbox.hear("refund.created")[0].status == "ignored"
    inbox.sandbox.happen("refunds", id=stripe_id, status="succeeded")
    assert {event.status.value for event in inbox.hear()} == {"processed", "ignored"}
    assert left(inbox, refund_id) == ("succeeded", "refunded", "refunded", 0, [-100])


def test_a_pending_refund_that_fails(inbox: Inbox) -> None:
    """REF-4, PAY-11: the caps are free again, and why is a code of the closed list."""
    refund_id, stripe_id = sent(inbox, "40.00", funds=0)
    inbox.sandbox.happen("refunds", id=stripe_id, status="failed", failure_reason="lost_or_stolen_card")
    inbox.hear()
    with inbox.sessions() as session:
        assert session.get_one(Refund, refund_id).failure_code == "lost_or_stolen_card"
    assert left(inbox, refund_id) == ("failed", "succeeded", "paid", 100, [-40])
    again = inbox.take("refund.failed", {"id": stripe_id, "object": "refund"})
    assert again.outcome == "The refund is known to have failed."


def test_the_event_comes_before_our_own_answer(inbox: Inbox) -> None:
    """Fault 33: matched by metadata; the worker's own answer then changes nothing."""
    refund_id, _ = sent(inbox, record=False)
    assert inbox.hear("refund.created")[0].status == "processed"
    assert left(inbox, refund_id) == ("succeeded", "refunded", "refunded", 0, [-100])
    assert inbox.hear("refund.created")[0].id
    with inbox.sessions.begin() as session:
        assert send.resume(session, session.get_one(Refund, refund_id)) is None


@pytest.mark.parametrize(("amount", "before"), [("100.00", "refunded"), ("40.00", "partially_refunded")])
def test_a_refund_that_comes_back(inbox: Inbox, amount: str, before: str) -> None:
    """REF-1, REF-4, REF-7: caps, payment, order and books say so; each event again is nothing."""
    refund_id, stripe_id = sent(inbox, amount)
    assert left(inbox, refund_id)[2] == before
    inbox.sandbox.happen("refunds", id=stripe_id, status="failed")
    for _ in range(3):
        inbox.hear()
    whole = int(Decimal(amount))
    assert left(inbox, refund_id) == ("failed", "succeeded", "paid", 100, [-whole, whole])
    with inbox.sessions() as session:
        refund = session.get_one(Refund, refund_id)
        assert refund.failure_code == "expired_or_canceled_card"
        order = session.get_one(Order, refund.order_id)
        # An order that is refunded stays so, and a person looks (REF-7).
        assert (order.status.value, order.needs_review) == (
            ("refunded", True) if before == "refunded" else ("confirmed", False)
        )
        told = session.scalars(sa.select(Notification.user_id).where(Notification.event_key == "refund.returned")).all()
        assert set(told) > {refund.requested_by, order.vendor_id}
        assert len(told) == len(set(told))


def test_a_refund_that_comes_back_can_be_sent_again(inbox: Inbox) -> None:
    """REF-4: failed -> approved -> processing as a second attempt, which the first one's events do not touch."""
    refund_id, stripe_id = sent(inbox, "40.00")
    inbox.sandbox.happen("refunds", id=stripe_id, status="failed")
    inbox.hear()
    with inbox.sessions.begin() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        decide.retry(session, refund, acting=acting_for(make_user(session, Role.FINANCE)))
    late = inbox.take("refund.failed", {"id": stripe_id, "object": "refund"})
    assert late.outcome == "That attempt has failed, and there is a later one."
    assert left(inbox, refund_id)[0] == "approved"


def test_the_dispute_behind_it_is_taken_up_again(inbox: Inbox) -> None:
    """DSP-2: a refund that comes back reopens what it had resolved."""
    refund_id, stripe_id = sent(inbox)
    with inbox.sessions.begin() as session:
        refund = session.get_one(Refund, refund_id)
        order = session.get_one(Order, refund.order_id)
        dispute = make_dispute(session, order=order, status=DisputeStatus.RESOLVED)
        refund.dispute_id = dispute.id
    inbox.sandbox.happen("refunds", id=stripe_id, status="failed")
    inbox.hear()
    with inbox.sessions() as session:
        assert session.get_one(Dispute, dispute.id).status == "in_review"


def test_an_old_answer_does_not_take_back_what_is_known(inbox: Inbox) -> None:
    """WEB-2: a worker asked before the refund came back, and writes after one that asked later."""
    refund_id, stripe_id = sent(inbox)
    old = inbox.runtime.payments.refund_state(stripe_id)
    inbox.sandbox.happen("refunds", id=stripe_id, status="failed")
    inbox.hear()
    inbox.runtime.payments.refund_state = lambda _id: old  # type: ignore[method-assign]
    assert inbox.take("refund.updated", {"id": stripe_id, "object": "refund"}).status == "ignored"
    assert left(inbox, refund_id)[0] == "failed"


def test_every_order_of_events_gives_the_same_end(inbox: Inbox) -> None:
    """M13: created, updated, failed, in all six orders, each five times."""
    ends = set()
    for places in itertools.permutations(range(3)):
        refund_id, stripe_id = sent(inbox, "40.00", record=False)
        inbox.sandbox.happen("refunds", id=stripe_id, status="failed")
        bodies = [body for body in inbox.told() if stripe_id in str(body) and body["type"].startswith("refund.")]
        assert [body["type"] for body in bodies] == ["refund.created", "refund.updated", "refund.failed"]
        for place in [place for place in places for _ in range(5)]:
            inbox.run(inbox.tell(bodies[place]))
        ends.add(left(inbox, refund_id)[:4])
    assert ends == {("failed", "succeeded", "paid", Decimal(100))}


def test_a_refund_made_at_stripe_by_hand(inbox: Inbox) -> None:
    """WEB-2: nobody here knows it: parked, and the order is flagged by what Stripe says of the charge."""
    with inbox.sessions.begin() as session:
        order = make_order(session)
        intent = payment_of(session, order).stripe_payment_intent_id
    inbox.sandbox.seed(payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd"}])
    inbox.sandbox.client().v1.refunds.create({"payment_intent": str(intent), "amount": 1_000})
    heard = {event.type: event for event in inbox.hear("refund.created", "charge.refunded")}
    assert heard["refund.created"].status == "parked"
    assert heard["charge.refunded"].outcome == (
        f"10.00 USD were given back at Stripe without a refund here; order {order.order_number} flagged for review."
    )
    with inbox.sessions() as session:
        assert session.get_one(Order, order.id).needs_review


def test_a_charge_refunded_by_us(inbox: Inbox) -> None:
    """Nothing follows: the refund has events of its own."""
    refund_id, _ = sent(inbox, "40.00", record=False)
    (event,) = inbox.hear("charge.refunded")
    assert (event.status, left(inbox, refund_id)[0]) == ("ignored", "processing")


def test_refunded_before_we_hear_that_it_was_paid(inbox: Inbox) -> None:
    """WEB-2: `charge.refunded` before `payment_intent.succeeded`: parked, and at rest in the end."""
    intent = f"pi_{uuid.uuid4().hex}"
    with inbox.sessions.begin() as session:
        order = make_order(session, paid=False)
        make_payment(
            session, order, stripe_payment_intent_id=intent, status="pending", processed_at=None, captured_amount=0
        )
    inbox.sandbox.seed(payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd"}])
    inbox.sandbox.client().v1.refunds.create({"payment_intent": intent, "amount": 1_000})
    (early,) = inbox.hear("charge.refunded")
    assert (early.status, early.last_error) == ("parked", "We have not heard yet that this payment succeeded.")
    assert inbox.take("payment_intent.succeeded", {"id": intent, "object": "payment_intent"}).status == "processed"
    inbox.skip_pause(early.id)
    assert inbox.run(early.id).status == "processed"


def test_a_refund_that_stripe_does_not_know(inbox: Inbox) -> None:
    """WEB-2."""
    event = inbox.take("refund.updated", {"id": "re_1", "object": "refund"})
    assert (event.status, event.last_error) == ("parked", "Stripe does not know this refund.")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"attempt": 2}, "Stripe has paid an earlier attempt of this refund than the last one."),
        (
            {"status": "failed", "failure_code": "not_executed"},
            "Stripe has this refund as succeeded, but it is failed here.",
        ),
    ],
)
def test_what_does_not_fit_is_for_a_person(inbox: Inbox, change: dict[str, Any], sentence: str) -> None:
    """IDE-2, M4: money left that our rows do not account for; nothing is overwritten."""
    refund_id, stripe_id = sent(inbox, "40.00", record=False)
    with inbox.sessions.begin() as session:
        session.execute(sa.update(Refund).where(Refund.id == refund_id).values(change))
    event = inbox.take("refund.updated", {"id": stripe_id, "object": "refund"})
    assert (event.status, event.last_error) == ("failed", sentence)


def test_another_amount_than_ours(inbox: Inbox) -> None:
    """M4: a refund that bears our metadata and is not what we asked for."""
    refund_id, _ = sent(inbox, "40.00", record=False)
    with inbox.sessions() as session:
        intent = session.get_one(Payment, session.get_one(Refund, refund_id).payment_id).stripe_payment_intent_id
    metadata = {"refund_id": str(refund_id), "attempt": "1"}
    made = inbox.sandbox.client().v1.refunds.create({"payment_intent": str(intent), "amount": 1, "metadata": metadata})
    event = inbox.take("refund.created", {"id": made.id, "object": "refund"})
    assert event.last_error == "The refund at Stripe is not what was asked for: amount or currency differ."
    assert left(inbox, refund_id)[0] == "processing"
