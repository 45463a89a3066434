"""Checkouts and the shares of their payments: the database keeps them true, whoever writes (C3.27, MON-6, REF-1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Order, OrderGroup, Payment, PaymentAllocation, User
from models.refund import RefundStatus
from tests.factories import make_chargeback, make_group, make_order, make_payment, payment_of
from tests.factories.order_groups import orders_of, payment_of_group, shares_of
from tests.models.refusals import refused, settle
from tests.models.world import make_refund


def _paid(session: Session) -> tuple[OrderGroup, Payment]:
    """A checkout of 60.00 and 40.00, and its payment."""
    group = make_group(session)
    settle(session)
    return group, payment_of_group(session, group)


def _caps(session: Session, payment: Payment) -> list[tuple[Decimal, Decimal, Decimal]]:
    return [(one.refund_reserved, one.refunded_amount, one.charged_back_amount) for one in shares_of(session, payment)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payment_allocations SET authorized_amount = 61 WHERE id = :share",
        "UPDATE payment_allocations SET captured_amount = 59 WHERE id = :share",
        "DELETE FROM payment_allocations WHERE id = :share",
        "UPDATE payments SET amount = 101, captured_amount = 101 WHERE id = :payment",
    ],
)
def test_shares_add_up_to_their_payment(session: Session, change: str) -> None:
    """MON-6: to its amount and to what was captured, at the end of every transaction."""
    _, payment = _paid(session)
    with refused(session, "tr_payment_allocations_sum"):
        session.execute(sa.text(change), {"share": shares_of(session, payment)[0].id, "payment": payment.id})


def test_both_sides_may_change_together(session: Session) -> None:
    """MON-6: the sums are looked at when the transaction ends."""
    _, payment = _paid(session)
    session.execute(sa.update(Payment).where(Payment.id == payment.id).values(captured_amount=90))
    session.execute(
        sa.update(PaymentAllocation)
        .where(PaymentAllocation.id == shares_of(session, payment)[0].id)
        .values(captured_amount=50)
    )
    settle(session)


def test_a_payment_of_one_order_has_no_shares(session: Session) -> None:
    """C3.27: it is of an order or of a checkout, never of both."""
    order = make_order(session)
    with refused(session, "tr_payment_allocations_sum"):
        session.add(_share(payment_of(session, order), order))
    with refused(session, "ck_payments_one_subject"):
        make_payment(session, order, order_group_id=make_group(session, paid=False).id)


def test_a_share_is_of_an_order_of_the_checkout(session: Session) -> None:
    """C3.26: an order of somebody else has no part in it."""
    group, payment = _paid(session)
    stranger = make_order(session, paid=False)
    first = shares_of(session, payment)[0]
    with refused(session, "tr_payment_allocations_sum"):
        first.authorized_amount -= 10
        first.captured_amount -= 10
        session.add(_share(payment, stranger))
    yen = make_order(session, paid=False, currency="JPY")
    with refused(session, "tr_payment_allocations_order"):
        session.add(_share(payment, yen))
    assert group.id


def _share(payment: Payment, order: Order) -> PaymentAllocation:
    ten = Decimal(10)
    return PaymentAllocation(
        payment_id=payment.id, order_id=order.id, authorized_amount=ten, captured_amount=ten, currency="USD"
    )


def test_orders_and_payments_agree_with_their_checkout(session: Session) -> None:
    """C3.26: one customer and one currency; who belongs to it is fixed."""
    group, payment = _paid(session)
    order = orders_of(session, group)[0]
    with refused(session, "tr_orders_group"):
        make_order(session, paid=False, order_group_id=group.id)
    customer = session.get_one(User, group.customer_id)
    with refused(session, "tr_orders_group"):
        make_order(session, paid=False, order_group_id=group.id, customer=customer, currency="EUR")
    for change in ("order_group_id = NULL", f"order_group_id = '{make_group(session, paid=False).id}'"):
        with refused(session, "tr_orders_group_fixed"):
            session.execute(sa.text(f"UPDATE orders SET {change} WHERE id = '{order.id}'"))
    with refused(session, "tr_payments_subject"):
        session.execute(
            sa.update(Payment).where(Payment.id == payment.id).values(order_group_id=None, order_id=order.id)
        )
    with refused(session, "tr_payments_group"):
        session.execute(sa.update(Payment).where(Payment.id == payment.id).values(currency="EUR"))
    with refused(session, "tr_order_groups_frozen"):
        session.execute(sa.update(OrderGroup).where(OrderGroup.id == group.id).values(currency="EUR"))
    with refused(session, "tr_payment_allocations_frozen"):
        session.execute(sa.update(PaymentAllocation).values(order_id=make_order(session).id))


def test_refunds_are_capped_by_the_share(session: Session) -> None:
    """REF-1, ORD-4: 40.00 were paid for the second order; the other 60.00 are not its money."""
    group, payment = _paid(session)
    first, second = orders_of(session, group)
    refund = make_refund(session, payment, "40.00", order_id=second.id)
    settle(session)
    assert _caps(session, payment) == [(0, 0, 0), (40, 0, 0)]
    with refused(session, "ck_payment_allocations_refunds_within_captured"):
        make_refund(session, payment, "0.01", order_id=second.id)
    refund.status, refund.rejection_note = RefundStatus.REJECTED, "No."
    session.flush()
    make_refund(session, payment, "60.00", order_id=first.id)
    settle(session)
    assert _caps(session, payment) == [(60, 0, 0), (0, 0, 0)]
    with refused(session, "tr_refunds_payment"):
        make_refund(session, payment, "1.00", order_id=make_order(session).id)


@pytest.mark.parametrize("values", [{"refunded_amount": 5}, {"refund_reserved": 5}, {"charged_back_amount": 5}])
def test_sums_of_a_share_cannot_be_written_by_hand(session: Session, values: dict[str, Any]) -> None:
    """REF-1"""
    _, payment = _paid(session)
    with refused(session, "tr_payment_allocations_caps"):
        session.execute(
            sa.update(PaymentAllocation).where(PaymentAllocation.id == shares_of(session, payment)[0].id).values(values)
        )


def test_refunds_do_not_give_back_what_was_charged_back(session: Session) -> None:
    """REF-1, REF-6: of a share as of a payment; the other order's refunds are free."""
    group, payment = _paid(session)
    first, second = orders_of(session, group)
    make_chargeback(session, second, payment=payment, amount=Decimal(30))
    settle(session)
    assert _caps(session, payment) == [(0, 0, 0), (0, 0, 30)]
    assert shares_of(session, payment)[1].refundable == Decimal(10)
    with refused(session, "tr_payment_allocations_charged_back"):
        make_refund(session, payment, "10.01", order_id=second.id)
    make_refund(session, payment, "10.00", order_id=second.id)
    make_refund(session, payment, "60.00", order_id=first.id)
    settle(session)
