"""How a customer's payment ended, as the provider tells it, and what that means for the order (B12, REF-7)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.gateways.provider import ProviderPayment
from backoffice.services import commission, order_money, order_progress
from backoffice.services.ledger import record
from backoffice.services.order_money import CAPTURED, PARTS, Part
from backoffice.services.transitions import move
from models import Order, Payment, Transaction
from models.order import OrderStatus, PaymentStatus
from models.payment import PaymentState
from models.transaction import TransactionDirection, TransactionStatus, TransactionType

#: The money came in; what is told of the time before that is old.
CAME: Final = CAPTURED
_STILL_POSSIBLE: Final = (PaymentState.PENDING, *CAME)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment with the orders that it is for, by their ids; all locked."""

    payment: Payment
    orders: Sequence[Order]

    @property
    def what(self) -> str:
        """The orders in words."""
        numbers = [order.order_number for order in self.orders]
        return f"order {numbers[0]}" if len(numbers) == 1 else f"orders {', '.join(numbers)}"


def lock(session: Session, payment_intent: str) -> Paid | None:
    """The payment of this intent and its orders; orders are locked before payments, as in refunds."""
    fresh = {"populate_existing": True}
    ids = order_money.orders_of(payment_intent)
    orders = sa.select(Order).where(Order.id.in_(ids)).order_by(Order.id).with_for_update().execution_options(**fresh)
    locked = session.scalars(orders).all()
    if not locked:
        return None
    payment = sa.select(Payment).where(Payment.stripe_payment_intent_id == payment_intent)
    return Paid(session.scalars(payment.with_for_update().execution_options(**fresh)).one(), locked)


def follow(session: Session, paid: Paid, state: ProviderPayment, *, acting: Acting) -> str | None:
    """Bring the payment to where the provider has it now; what was done, or None when nothing follows.

    The states have an order: succeeded is behind everything else, whenever the news of it comes (WEB-2).
    """
    if paid.payment.status in CAME:
        return _note(session, paid.payment, state)
    step = _STEPS.get(state.status)
    done = step(session, paid, state, acting) if step else None
    paid.payment.provider_status = state.status
    session.flush()
    return done


def _succeed(session: Session, paid: Paid, state: ProviderPayment, acting: Acting) -> str:
    payment = paid.payment
    if state.currency != payment.currency or not 0 < state.captured <= payment.amount:
        got = money.format_amount(state.captured, state.currency)
        raise DomainError(f"Stripe captured {got}, which is not what this payment is about.", code="other_amount")
    values = {
        "captured_amount": state.captured,
        "available_on": state.available_on,
        "processed_at": session.scalar(sa.select(NOW)),
    }
    for order in paid.orders:
        if order.status is OrderStatus.PENDING and not _came(session, order):
            commission.freeze(session, order)
    move(session, payment, PaymentState.SUCCEEDED, acting=acting, actor=Actor.PROVIDER, values=values)
    parts = _captured_parts(session, payment)
    for part, order in zip(parts, paid.orders, strict=True):
        session.add(_transaction(part, order, record.payment_captured(session, part)))
        _pay_order(session, order, acting)
    _charge_fee(session, payment, state)
    order_progress.follow(session, paid.orders, acting=acting)
    for order in paid.orders:
        if order.status is OrderStatus.CANCELLED or state.captured < payment.amount:
            # Money for an order that will not be delivered, or too little: a person decides what to do.
            order.needs_review = True
    return f"{money.format_amount(state.captured, state.currency)} were paid for {paid.what}."


def _captured_parts(session: Session, payment: Payment) -> Sequence[Part]:
    """What each order has of the money that came in: where that is less than was asked for, all get less (MON-6)."""
    parts = order_money.parts_of(session, payment)
    shares = [part.allocation for part in parts if part.allocation]
    if shares:
        amounts = money.split_amount(
            payment.captured_amount, [share.authorized_amount for share in shares], payment.currency
        )
        for share, amount in zip(shares, amounts, strict=True):
            share.captured_amount = amount
        session.flush()
    return parts


def _pay_order(session: Session, order: Order, acting: Acting) -> None:
    """Money came for `order`, in a payment that is written down: it is paid, unless more of it is on the way."""
    coming = sa.exists().where(PARTS.c.order_id == order.id, PARTS.c.status == PaymentState.PENDING)
    if not order.payment_status.allows(PaymentStatus.PAID, Actor.PROVIDER):
        # More than was owed: a person decides what to do.
        order.needs_review = True
    elif _came(session, order) >= order.total_amount or not session.scalar(sa.select(coming)):
        move(session, order, PaymentStatus.PAID, acting=acting, field="payment_status", actor=Actor.PROVIDER)


def _came(session: Session, order: Order) -> Decimal:
    """What came in for `order` so far."""
    came = sa.select(sa.func.sum(PARTS.c.captured_amount))
    return session.scalar(came.where(PARTS.c.order_id == order.id, PARTS.c.status.in_(CAPTURED))) or Decimal(0)


def _fail(session: Session, paid: Paid, state: ProviderPayment, acting: Acting) -> str | None:
    del state
    if paid.payment.status is not PaymentState.PENDING:
        return None
    move(session, paid.payment, PaymentState.FAILED, acting=acting, actor=Actor.PROVIDER)
    _tell_orders(session, paid, acting)
    return f"A payment of {paid.what} failed."


def _cancel(session: Session, paid: Paid, state: ProviderPayment, acting: Acting) -> str | None:
    del state
    if paid.payment.status is not PaymentState.PENDING:
        return None
    move(session, paid.payment, PaymentState.CANCELLED, acting=acting, actor=Actor.PROVIDER)
    _tell_orders(session, paid, acting)
    return f"A payment of {paid.what} was cancelled."


def _charge_fee(session: Session, payment: Payment, state: ProviderPayment) -> None:
    """E2, once what Stripe keeps is known. A fee in another currency than the payment's is left to reconciliation."""
    if state.fee and state.fee_currency == payment.currency:
        record.provider_fee(session, payment, state.fee)


def _note(session: Session, payment: Payment, state: ProviderPayment) -> str | None:
    """What Stripe decides later about money that came in: its fee, and when it may be passed on (PAY-1)."""
    _charge_fee(session, payment, state)
    if state.available_on is None or state.available_on == payment.available_on:
        return None
    payment.available_on = state.available_on
    session.flush()
    return f"The money may be passed on from {state.available_on:%d %B %Y}."


def _tell_orders(session: Session, paid: Paid, acting: Acting) -> None:
    """An order whose last way of being paid is gone has not been paid; one that was paid in part is for a person."""
    for order in paid.orders:
        if order.payment_status is not PaymentStatus.PENDING:
            continue
        others = set(
            session.scalars(
                sa.select(PARTS.c.status).where(
                    PARTS.c.order_id == order.id,
                    PARTS.c.payment_id != paid.payment.id,
                    PARTS.c.status.in_(_STILL_POSSIBLE),
                )
            )
        )
        if not others:
            move(session, order, PaymentStatus.FAILED, acting=acting, field="payment_status", actor=Actor.PROVIDER)
        elif PaymentState.PENDING not in others:
            order.needs_review = True


def _transaction(part: Part, order: Order, journal_id: uuid.UUID | None) -> Transaction:
    """One row for finance an order (LED-8)."""
    payment = part.payment
    return Transaction(
        user_id=order.customer_id,
        vendor_id=order.vendor_id,
        order_id=order.id,
        payment_id=payment.id,
        type=TransactionType.PAYMENT,
        direction=TransactionDirection.IN,
        amount=part.captured,
        currency=payment.currency,
        status=TransactionStatus.COMPLETED,
        description=f"Payment of order {order.order_number}",
        event_key=f"payment:{payment.id}:{order.id}" if part.allocation else f"payment:{payment.id}",
        journal_id=journal_id,
    )


#: What follows from the provider's word. While it waits for customer or bank, nothing does.
_STEPS: Final[dict[str, Callable[[Session, Paid, ProviderPayment, Acting], str | None]]] = {
    "succeeded": _succeed,
    "requires_payment_method": _fail,
    "canceled": _cancel,
}
