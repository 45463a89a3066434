"""Payments of a whole checkout: each order gets its part of the money, once (MON-6, LED-3, B12)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.services.ledger.verify import verify
from models import Journal, Order, OrderGroup, PaymentAllocation, Transaction
from models.journal import JournalEvent
from models.order import OrderStatus
from models.payment import PaymentState
from tests.factories import make_group, make_group_payments
from tests.factories.order_groups import orders_of
from tests.webhooks.support import Inbox

PENDING = {"status": PaymentState.PENDING}


def waiting(inbox: Inbox, *amounts: str) -> tuple[uuid.UUID, list[str]]:
    """A checkout of 60.00 and 40.00 that waits for payments of these amounts, and their intents at Stripe."""
    with inbox.sessions.begin() as session:
        group = make_group(session, paid=False)
        payments = make_group_payments(session, group, [Decimal(amount) for amount in amounts], **PENDING)
        intents = [str(payment.stripe_payment_intent_id) for payment in payments]
    for intent, amount in zip(intents, amounts, strict=True):
        cents = int(Decimal(amount) * 100)
        inbox.sandbox.happen("payments", id=intent, amount=cents, currency="usd", status="requires_action")
    return group.id, intents


def left(inbox: Inbox, group_id: uuid.UUID) -> list[tuple[Any, ...]]:
    """Of each order: status, payment status, whether a person must look, and what came in for it by the books."""
    with inbox.sessions() as session:
        assert verify(session).complaints == []
        journals = sa.select(Journal.id).where(Journal.event == JournalEvent.PAYMENT_CAPTURED)
        return [
            (
                order.status.value,
                order.payment_status.value,
                order.needs_review,
                session.scalars(
                    sa.select(Transaction.amount)
                    .where(Transaction.order_id == order.id, Transaction.journal_id.in_(journals))
                    .order_by(Transaction.id)
                ).all(),
            )
            for order in orders_of(session, session.get_one(OrderGroup, group_id))
        ]


def test_every_order_is_paid_once(inbox: Inbox) -> None:
    """LED-3, MON-6: the same event again, and the same step under another event, post nothing."""
    group_id, [intent] = waiting(inbox, "100.00")
    inbox.sandbox.happen("payments", id=intent, status="succeeded")
    (event,) = inbox.hear("payment_intent.succeeded")
    assert str(event.outcome).startswith("100.00 USD were paid for orders ORD-")
    for kind in ("payment_intent.succeeded", "payment_intent.polled", "payment_intent.payment_failed"):
        assert inbox.take(kind, {"id": intent, "object": "payment_intent"}).status == "ignored"
    assert left(inbox, group_id) == [("confirmed", "paid", False, [60]), ("confirmed", "paid", False, [40])]
    with inbox.sessions() as session:
        found = session.execute(
            sa.select(Journal.source_type, Journal.provider_id).where(Journal.event == JournalEvent.PAYMENT_CAPTURED)
        ).all()
    assert [tuple(row) for row in found] == [("payment_allocations", intent)] * 2


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_payment_that_did_not(inbox: Inbox, status: str) -> None:
    """B12: none of the orders has been paid."""
    group_id, [intent] = waiting(inbox, "100.00")
    if status == "canceled":
        inbox.sandbox.client().v1.payment_intents.cancel(intent)
        (event,) = inbox.hear("payment_intent.canceled")
    else:
        inbox.sandbox.happen("payments", id=intent, status=status)
        (event,) = inbox.hear("payment_intent.payment_failed")
    assert event.status == "processed"
    assert left(inbox, group_id) == [("pending", "failed", False, [])] * 2


def test_several_payments_over_several_orders(inbox: Inbox) -> None:
    """MON-6: the orders wait for the second payment; then each has its total, and each payment is spent."""
    group_id, [first, second] = waiting(inbox, "33.33", "66.67")
    inbox.sandbox.happen("payments", id=first, status="succeeded")
    inbox.hear("payment_intent.succeeded")
    assert left(inbox, group_id) == [
        ("pending", "pending", False, [Decimal("20.00")]),
        ("pending", "pending", False, [Decimal("13.33")]),
    ]
    inbox.sandbox.happen("payments", id=second, status="succeeded")
    inbox.hear("payment_intent.succeeded")
    assert left(inbox, group_id) == [
        ("confirmed", "paid", False, [Decimal("20.00"), Decimal("40.00")]),
        ("confirmed", "paid", False, [Decimal("13.33"), Decimal("26.67")]),
    ]


def test_the_other_payment_did_not_come(inbox: Inbox) -> None:
    """B12: an order of which only a part was paid waits for a person."""
    group_id, [first, second] = waiting(inbox, "33.33", "66.67")
    inbox.sandbox.happen("payments", id=first, status="succeeded")
    inbox.sandbox.happen("payments", id=second, status="failed")
    inbox.hear("payment_intent.succeeded", "payment_intent.payment_failed")
    assert [row[:3] for row in left(inbox, group_id)] == [("pending", "pending", True)] * 2


def test_an_order_that_was_cancelled_meanwhile(inbox: Inbox) -> None:
    """B12, ORD-4: its part came in too; a person decides about it, and the other order goes on."""
    group_id, [intent] = waiting(inbox, "100.00")
    with inbox.sessions.begin() as session:
        order = orders_of(session, session.get_one(OrderGroup, group_id))[1]
        order.status, order.cancelled_at = OrderStatus.CANCELLED, order.created_at
    inbox.sandbox.happen("payments", id=intent, status="succeeded")
    inbox.hear("payment_intent.succeeded")
    assert left(inbox, group_id) == [("confirmed", "paid", False, [60]), ("cancelled", "paid", True, [40])]


def test_less_than_was_asked_for(inbox: Inbox) -> None:
    """MON-6: what came in is shared as the whole would have been; all orders are for a person."""
    group_id, [intent] = waiting(inbox, "100.00")
    with inbox.sessions.begin() as session:
        orders = orders_of(session, session.get_one(OrderGroup, group_id))
        session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
        session.execute(sa.text("UPDATE payments SET amount = 200 WHERE order_group_id = :id"), {"id": group_id})
        session.execute(sa.update(PaymentAllocation).values(authorized_amount=PaymentAllocation.authorized_amount * 2))
        assert [order.total_amount for order in orders] == [60, 40]
    inbox.sandbox.happen("payments", id=intent, status="succeeded")
    inbox.hear("payment_intent.succeeded")
    assert left(inbox, group_id) == [("confirmed", "paid", True, [60]), ("confirmed", "paid", True, [40])]


def test_money_given_back_at_stripe_by_hand(inbox: Inbox) -> None:
    """WEB-2: nobody knows for which order it was, so all are flagged."""
    group_id, [intent] = waiting(inbox, "100.00")
    inbox.sandbox.happen("payments", id=intent, status="succeeded")
    inbox.hear("payment_intent.succeeded")
    inbox.sandbox.client().v1.refunds.create({"payment_intent": intent, "amount": 1_000})
    heard = {event.type: event for event in inbox.hear("refund.created", "charge.refunded")}
    assert str(heard["charge.refunded"].outcome).startswith("10.00 USD were given back at Stripe without a refund here")
    with inbox.sessions() as session:
        assert set(session.scalars(sa.select(Order.needs_review).where(Order.order_group_id == group_id))) == {True}
