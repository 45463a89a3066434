"""Refunds of one order of a checkout: from its share of the payment, and from nobody else's (ORD-4, REF-1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import DomainError
from backoffice.gateways.payments import Succeeded
from backoffice.services import orders as order_service
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import earnings
from backoffice.services.refunds import decide, late, send
from models import Order, OrderItem
from models.order import PaymentStatus
from models.payment import PaymentState
from models.refund import RefundKind
from tests.factories import acting_for, make_group, make_group_payments, make_user
from tests.factories.money import ask, balance, clerk_of, make_paid_refund, pay_refund
from tests.factories.order_groups import orders_of, payment_of_group, shares_of
from tests.models.refusals import settle

STRIPE = Acting.system("stripe")


@pytest.fixture
def group(session):
    """60.00 and 40.00, paid by one payment."""
    return make_group(session)


@pytest.fixture(autouse=True)
def _whole(session):
    """After the test the book is whole (LED-1 to LED-4)."""
    yield
    settle(session)
    assert verify(session).complaints == []


def left(session, group):
    """What may still be asked back of each share."""
    return [share.refundable for share in shares_of(session, payment_of_group(session, group))]


def test_a_part_goes_to_stripe_as_such(session, group):
    """IDE-1, ORD-4: the one PaymentIntent, with the amount of the refund."""
    _, second = orders_of(session, group)
    refund = ask(session, second, "25.00")
    call = send.begin(session, refund, acting=clerk_of(session))
    intent = payment_of_group(session, group).stripe_payment_intent_id
    assert (call.payment_intent, call.amount) == (intent, 25)
    assert send.settle(session, refund, call, Succeeded("re_1", "succeeded"), acting=clerk_of(session))
    assert left(session, group) == [60, 15]


def test_more_than_the_share_is_refused(session, group):
    """REF-1: the payment has 100.00 left, this order 40.00."""
    _, second = orders_of(session, group)
    with pytest.raises(DomainError, match=r"Only 40\.00 USD is left to refund on this order\.") as refused:
        ask(session, second, "40.01", RefundKind.GOODWILL)
    assert refused.value.code == "refund_exceeds_balance"
    assert order_service.refundable(session, second) == 40


def test_a_retry_is_capped_by_the_share(session, group):
    """REF-1: another refund took the share meanwhile."""
    _, second = orders_of(session, group)
    refund = make_paid_refund(session, second, "30.00", kind=RefundKind.GOODWILL)
    late.fail(session, refund, code="declined", raw="It came back.", acting=STRIPE)
    ask(session, second, "20.00", RefundKind.GOODWILL)
    with pytest.raises(DomainError, match=r"Only 20\.00 USD is left"):
        decide.retry(session, refund, acting=clerk_of(session))


def test_one_order_of_a_group_is_cancelled(session, group):
    """ORD-4: only its share is asked back; the other order and the payment stay as they are."""
    first, second = orders_of(session, group)
    order_service.cancel(session, second.id, reason="Out of stock", acting=acting_for(make_user(session)))
    assert left(session, group) == [60, 0]
    assert first.status.value == "confirmed"
    assert payment_of_group(session, group).status is PaymentState.SUCCEEDED


def test_each_order_follows_its_own_share(session, group):
    """REF-7, ORD-5: the payment is refunded when all of its shares are."""
    first, second = orders_of(session, group)
    make_paid_refund(session, second, "40.00")
    assert [order.payment_status for order in (first, second)] == [PaymentStatus.PAID, PaymentStatus.REFUNDED]
    assert payment_of_group(session, group).status is PaymentState.SUCCEEDED
    make_paid_refund(session, first, "10.00")
    assert first.payment_status is PaymentStatus.PARTIALLY_REFUNDED
    refund = make_paid_refund(session, first, "50.00")
    assert payment_of_group(session, group).status is PaymentState.REFUNDED
    late.fail(session, refund, code="declined", raw="It came back.", acting=STRIPE)
    assert payment_of_group(session, group).status is PaymentState.SUCCEEDED
    assert left(session, group) == [50, 0]
    assert [order.payment_status for order in (first, second)] == [
        PaymentStatus.PARTIALLY_REFUNDED,
        PaymentStatus.REFUNDED,
    ]


def test_everything_of_an_order_that_two_payments_paid(session):
    """MON-6, REF-1: each payment of the checkout gives back the order's share in it."""
    group = make_group(session, paid=False)
    payments = make_group_payments(session, group, [Decimal("33.33"), Decimal("66.67")])
    second = orders_of(session, group)[1]
    session.execute(sa.update(Order).values(status="confirmed", payment_status="paid"))
    session.refresh(second)
    order_service.cancel(session, second.id, reason="Out of stock", acting=acting_for(make_user(session)))
    assert [[share.refund_reserved for share in shares_of(session, payment)] for payment in payments] == [
        [0, Decimal("13.33")],
        [0, Decimal("26.67")],
    ]


def test_what_was_paid_for_the_group_makes_its_orders_payable(session, group):
    """PAY-1: the money of a share counts like that of a payment; not before the provider passes it on."""
    first, second = orders_of(session, group)
    long_ago = now() - dt.timedelta(days=30)
    session.execute(sa.update(OrderItem).values(fulfilled_at=long_ago))
    payment = payment_of_group(session, group)
    payment.available_on = now() + dt.timedelta(days=1)
    session.flush()
    assert earnings.release(session) == 0
    payment.available_on = now()
    session.flush()
    assert earnings.release(session) == 2
    assert [balance(session, order.vendor_id) for order in (first, second)] == [54, 36]
    pay_refund(session, ask(session, second, "40.00"))
    assert [balance(session, order.vendor_id) for order in (first, second)] == [54, 0]
