"""Checkouts over several vendors, paid by one payment or by several."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services.ledger import record
from backoffice.services.order_money import parts_of
from models import Order, OrderGroup, Payment, PaymentAllocation, User
from models.base import uuid7
from models.order import OrderStatus, PaymentStatus
from models.payment import PaymentMethod, PaymentState
from tests.factories.orders import make_order
from tests.factories.users import make_user


def make_group(
    session: Session,
    totals: Sequence[str] = ("60.00", "40.00"),
    *,
    vendors: Sequence[User] = (),
    currency: str = "USD",
    paid: bool = True,
    **values: Any,
) -> OrderGroup:
    """A checkout with an order for each of `totals`, paid by one payment; of `vendors`, else of new ones.

    `values` are of every order.
    """
    customer = make_user(session, Role.CUSTOMER)
    group = OrderGroup(
        id=uuid7(), group_number=f"CO-{uuid.uuid4().hex[:12].upper()}", customer_id=customer.id, currency=currency
    )
    session.add(group)
    session.flush()
    for total, vendor in zip_longest(totals, vendors):
        order = make_order(
            session, vendor=vendor, customer=customer, lines=((1, total),), currency=currency, paid=False, **values
        )
        add_to(session, group, order, paid=paid)
    if paid:
        make_group_payment(session, group)
    return group


def add_to(session: Session, group: OrderGroup, order: Order, *, paid: bool) -> None:
    """Make `order`, which was not paid yet, a part of the checkout."""
    order.order_group_id = group.id
    if paid:
        order.status, order.payment_status = OrderStatus.CONFIRMED, PaymentStatus.PAID
    session.flush()


def orders_of(session: Session, group: OrderGroup) -> list[Order]:
    """The orders of `group`, oldest first."""
    query = sa.select(Order).where(Order.order_group_id == group.id).order_by(Order.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def shares_of(session: Session, payment: Payment) -> list[PaymentAllocation]:
    """The shares of `payment`, in the order of the orders, as the database has them now."""
    return [part.allocation for part in parts_of(session, payment) if part.allocation]


def make_group_payment(session: Session, group: OrderGroup, **values: Any) -> Payment:
    """A card payment of the whole checkout, captured and available unless told otherwise."""
    total = sum((order.total_amount for order in orders_of(session, group)), Decimal(0))
    return make_group_payments(session, group, [total], **values)[0]


def make_group_payments(
    session: Session, group: OrderGroup, amounts: Sequence[Decimal], **values: Any
) -> list[Payment]:
    """Payments of these amounts, which together pay the checkout (MON-6)."""
    orders = orders_of(session, group)
    rows = money.allocate(amounts, [order.total_amount for order in orders], group.currency)
    return [_payment(session, group, orders, amount, row, values) for amount, row in zip(amounts, rows, strict=True)]


def _payment(
    session: Session, group: OrderGroup, orders: Sequence[Order], amount: Decimal, row: Sequence[Decimal], values: Any
) -> Payment:
    came = values.get("status", PaymentState.SUCCEEDED) is PaymentState.SUCCEEDED
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "order_group_id": group.id,
        "stripe_payment_intent_id": f"pi_{uuid.uuid4().hex[:24]}",
        "amount": amount,
        "currency": group.currency,
        "status": PaymentState.SUCCEEDED,
        "payment_method": PaymentMethod.CARD,
        "processed_at": now() if came else None,
        "available_on": now() if came else None,
        "captured_amount": amount if came else Decimal(0),
    }
    payment = Payment(**(defaults | values))
    session.add(payment)
    session.flush()
    session.add_all(
        PaymentAllocation(
            payment_id=payment.id,
            order_id=order.id,
            authorized_amount=part,
            captured_amount=part if came else Decimal(0),
            currency=group.currency,
        )
        for order, part in zip(orders, row, strict=True)
        if part
    )
    session.flush()
    if came:
        for share in parts_of(session, payment):
            record.payment_captured(session, share)
    return payment


def payment_of_group(session: Session, group: OrderGroup) -> Payment:
    """The only payment of `group`, as the database has it now."""
    query = sa.select(Payment).where(Payment.order_group_id == group.id).execution_options(populate_existing=True)
    return session.scalars(query).one()
