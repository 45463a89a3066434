"""Payments: what Stripe tells of them in any order, any number of times, and too late (B12, WEB-2, M13)."""

from __future__ import annotations

import itertools
import random
import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from models import Order, Payment, StatusHistory, Transaction
from models.order import OrderStatus
from tests.factories.orders import make_order, make_payment
from tests.webhooks.support import Inbox

ENDS = ("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled")


def waiting(inbox: Inbox, amount: str = "100.00", **values: Any) -> tuple[uuid.UUID, str]:
    """An order that waits for its payment, and the intent that Stripe has for it."""
    intent = f"pi_{uuid.uuid4().hex}"
    with inbox.sessions.begin() as session:
        order = make_order(session, paid=False, lines=((1, amount),), **values)
        pending(session, order, intent)
    cents = int(Decimal(amount) * 100)
    inbox.sandbox.happen("payments", id=intent, amount=cents, currency="usd", status="requires_action")
    return order.id, intent


def pending(session: Any, order: Order, intent: str) -> Payment:
    return make_payment(
        session, order, stripe_payment_intent_id=intent, status="pending", provider_status=None, processed_at=None,
        available_on=None, captured_amount=0,
    )  # fmt: skip


def left(inbox: Inbox, order_id: uuid.UUID) -> tuple[Any, ...]:
    """Order, its payment and its books."""
    with inbox.sessions() as session:
        order = session.get_one(Order, order_id)
        payment = session.scalars(sa.select(Payment).where(Payment.order_id == order_id)).one()
        lines = session.scalars(sa.select(Transaction.amount).where(Transaction.order_id == order_id)).all()
        return (order.status.value, order.payment_status.value, payment.status.value, payment.captured_amount, lines)


def test_a_payment_that_succeeded(inbox: Inbox) -> None:
    """B12: payment, order and books follow; the order is confirmed in the system's name."""
    order_id, intent = waiting(inbox)
    inbox.sandbox.happen("payments", id=intent, status="succeeded")
    (event,) = inbox.hear("payment_intent.succeeded")
    assert event.status == "processed"
    assert str(event.outcome).startswith("100.00 USD were paid for order ORD-")
    assert left(inbox, order_id) == ("confirmed", "paid", "succeeded", 100, [100])
    with inbox.sessions() as session:
        payment = session.scalars(sa.select(Payment).where(Payment.order_id == order_id)).one()
        assert payment.available_on is not None
        assert (payment.provider_status, payment.processed_at is not None) == ("succeeded", True)
        steps = session.execute(
            sa.select(StatusHistory.entity, StatusHistory.to_status, StatusHistory.actor, StatusHistory.request_id)
            .where(StatusHistory.entity.in_(["orders", "payments"]))
            .order_by(StatusHistory.id)
        ).all()
    assert [tuple(step) for step in steps] == [
        ("payments", "succeeded", "P", event.provider_event_id),
        ("orders", "paid", "P", event.provider_event_id),
        ("orders", "confirmed", "S", event.provider_event_id),
    ]


@pytest.mark.parametrize(("status", "kind"), [("failed", ENDS[1]), ("canceled", ENDS[2])])
def test_a_payment_that_did_not(inbox: Inbox, status: str, kind: str) -> None:
    """B12: the order has not been paid; it stays open for another try."""
    order_id, intent = waiting(inbox)
    end(inbox, intent, status)
    (event,) = inbox.hear(kind)
    assert event.status == "processed"
    payment = "cancelled" if status == "canceled" else status
    assert left(inbox, order_id) == ("pending", "failed", payment, 0, [])
    assert inbox.take(kind, {"id": intent, "object": "payment_intent"}).status == "ignored"


def end(inbox: Inbox, intent: str, status: str) -> None:
    if status == "canceled":
        inbox.sandbox.client().v1.payment_intents.cancel(intent)
    else:
        inbox.sandbox.happen("payments", id=intent, status=status)


def test_failed_then_paid_in_every_order(inbox: Inbox) -> None:
    """M13, fault 34: six events, five times each, in orders drawn by chance and all of the three that matter: the end
    is the same, and the money is in the books once."""
    chance = random.Random(7)
    orders = [list(order) for order in itertools.permutations(range(3))] + [[2, 1, 0] * 2]
    for order in orders:
        order_id, intent = waiting(inbox)
        end(inbox, intent, "failed")
        end(inbox, intent, "succeeded")
        bodies = [body for body in inbox.told() if intent in str(body)]
        kinds = {body["type"] for body in bodies}
        assert kinds > {"payment_intent.payment_failed", "payment_intent.succeeded", "charge.failed"}
        assert len(bodies) >= 6
        ids = [inbox.tell(body) for body in bodies for _ in range(5)]
        chance.shuffle(ids)
        for event_id in [ids[place] for place in order] + ids:
            inbox.run(event_id)
        assert left(inbox, order_id) == ("confirmed", "paid", "succeeded", 100, [100])
        assert {inbox.get(event_id).status.value for event_id in ids} <= {"processed", "ignored"}


def test_an_old_answer_does_not_take_back_what_is_known(inbox: Inbox) -> None:
    """WEB-2: one worker asked before the customer paid, and writes after another that asked later."""
    order_id, intent = waiting(inbox)
    old = inbox.runtime.payments.payment_state(intent)
    end(inbox, intent, "succeeded")
    inbox.hear("payment_intent.succeeded")
    inbox.runtime.payments.payment_state = lambda _intent: old  # type: ignore[method-assign]
    event = inbox.take("payment_intent.payment_failed", {"id": intent, "object": "payment_intent"})
    assert (event.status, left(inbox, order_id)[:3]) == ("ignored", ("confirmed", "paid", "succeeded"))


def test_a_payment_that_waits_for_the_customer(inbox: Inbox) -> None:
    """Nothing follows yet; Stripe's own word for it is kept (data model C3.29)."""
    order_id, intent = waiting(inbox)
    assert inbox.take(ENDS[0], {"id": intent, "object": "payment_intent"}).status == "ignored"
    assert left(inbox, order_id) == ("pending", "pending", "pending", 0, [])
    with inbox.sessions() as session:
        assert session.scalars(sa.select(Payment.provider_status)).one() == "requires_action"


def test_money_for_an_order_that_was_cancelled(inbox: Inbox) -> None:
    """ORD-2: it is recorded, nothing is delivered, and a person must look."""
    order_id, intent = waiting(inbox, status=OrderStatus.CANCELLED)
    end(inbox, intent, "succeeded")
    inbox.hear(ENDS[0])
    assert left(inbox, order_id)[:3] == ("cancelled", "paid", "succeeded")
    with inbox.sessions() as session:
        assert session.get_one(Order, order_id).needs_review


def test_another_payment_of_the_order_is_still_possible(inbox: Inbox) -> None:
    """One of two tries failed: the order waits for the other."""
    order_id, intent = waiting(inbox)
    with inbox.sessions.begin() as session:
        pending(session, session.get_one(Order, order_id), "pi_other")
    end(inbox, intent, "failed")
    assert inbox.hear(ENDS[1])[0].status == "processed"
    with inbox.sessions() as session:
        assert session.get_one(Order, order_id).payment_status == "pending"


def test_an_order_that_was_paid_twice(inbox: Inbox) -> None:
    """REF-3: the second payment is recorded as well, and a person gives it back as an overpayment."""
    order_id, intent = waiting(inbox)
    with inbox.sessions.begin() as session:
        pending(session, session.get_one(Order, order_id), "pi_second")
    inbox.sandbox.happen("payments", id="pi_second", amount=10_000, currency="usd", status="succeeded")
    end(inbox, intent, "succeeded")
    assert [event.status.value for event in inbox.hear(ENDS[0])] == ["processed"] * 2
    with inbox.sessions() as session:
        order = session.get_one(Order, order_id)
        assert (order.payment_status, order.status, order.needs_review) == ("paid", "confirmed", True)
        assert set(session.scalars(sa.select(Payment.status))) == {"succeeded"}


def test_another_amount_than_ours(inbox: Inbox) -> None:
    """M6: more than was asked, or another currency: nothing is recorded, a person looks."""
    order_id, intent = waiting(inbox)
    end(inbox, intent, "succeeded")
    with inbox.sessions.begin() as session:
        session.execute(sa.update(Payment).values(amount=99))
    (event,) = inbox.hear(ENDS[0])
    assert event.status == "failed"
    assert event.last_error == "Stripe captured 100.00 USD, which is not what this payment is about."
    assert left(inbox, order_id)[:3] == ("pending", "pending", "pending")


def test_less_than_was_asked(inbox: Inbox) -> None:
    """It is money all the same; the order is flagged."""
    order_id, intent = waiting(inbox)
    end(inbox, intent, "succeeded")
    with inbox.sessions.begin() as session:
        session.execute(sa.update(Payment).values(amount=101))
    assert inbox.hear(ENDS[0])[0].status == "processed"
    with inbox.sessions() as session:
        assert session.get_one(Order, order_id).needs_review


def test_when_the_money_may_be_passed_on(inbox: Inbox) -> None:
    """PAY-1: Stripe moves the day; we follow, and say so once."""
    order_id, intent = waiting(inbox)
    end(inbox, intent, "succeeded")
    inbox.hear(ENDS[0])
    with inbox.sessions.begin() as session:
        session.execute(sa.update(Payment).values(available_on=None))
    charge = {"id": "ch_1", "object": "charge", "payment_intent": intent}
    first, second = inbox.take("charge.updated", charge), inbox.take("charge.updated", charge)
    assert (first.status, second.status) == ("processed", "ignored")
    assert str(first.outcome).startswith("The money may be passed on from ")
    assert left(inbox, order_id)[2] == "succeeded"


def test_payments_that_are_not_ours(inbox: Inbox) -> None:
    """WEB-2, attack 62: an intent or a charge that nobody knows here, and one that Stripe does not know."""
    for thing in ({"id": "pi_1", "object": "payment_intent"}, {"id": "ch_1", "object": "charge"}):
        assert inbox.take(ENDS[0], thing).status == "parked"
    assert (
        inbox.take("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}).status == "parked"
    )
    with inbox.sessions.begin() as session:
        pending(session, make_order(session, paid=False), "pi_gone")
    thing = {"id": "ch_1", "object": "charge", "payment_intent": "pi_gone"}
    for kind in ("charge.updated", "charge.refunded"):
        assert inbox.take(kind, thing).last_error == "Stripe does not know this payment."
