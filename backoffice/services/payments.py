"""How a customer's payment ended, as the provider tells it, and what that means for the order (B12, REF-7)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.gateways.provider import ProviderPayment
from backoffice.services import commission, order_progress
from backoffice.services.ledger import record
from backoffice.services.transitions import move
from models import Order, Payment, Transaction
from models.order import OrderStatus, PaymentStatus
from models.payment import PaymentState
from models.transaction import TransactionDirection, TransactionStatus, TransactionType

#: The money came in; what is told of the time before that is old.
CAME: Final = (PaymentState.SUCCEEDED, PaymentState.REFUNDED)
_STILL_POSSIBLE: Final = (PaymentState.PENDING, *CAME)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment with its order, both locked."""

    payment: Payment
    order: Order


def lock(session: Session, payment_intent: str) -> Paid | None:
    """The payment of this intent and its order; orders are locked before payments, as in refunds."""
    order_id = session.scalar(sa.select(Payment.order_id).where(Payment.stripe_payment_intent_id == payment_intent))
    if order_id is None:
        return None
    fresh = {"populate_existing": True}
    order = sa.select(Order).where(Order.id == order_id).with_for_update().execution_options(**fresh)
    payment = sa.select(Payment).where(Payment.stripe_payment_intent_id == payment_intent)
    locked = session.scalars(order).one()
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
    payment, order = paid.payment, paid.order
    if state.currency != payment.currency or not 0 < state.captured <= payment.amount:
        got = money.format_amount(state.captured, state.currency)
        raise DomainError(f"Stripe captured {got}, which is not what this payment is about.", code="other_amount")
    values = {
        "captured_amount": state.captured,
        "available_on": state.available_on,
        "processed_at": session.scalar(sa.select(NOW)),
    }
    if order.status is OrderStatus.PENDING:
        commission.freeze(session, order)
    move(session, payment, PaymentState.SUCCEEDED, acting=acting, actor=Actor.PROVIDER, values=values)
    session.add(_transaction(payment, order, record.payment_captured(session, payment)))
    _charge_fee(session, payment, state)
    twice = not order.payment_status.allows(PaymentStatus.PAID, Actor.PROVIDER)
    if not twice:
        move(session, order, PaymentStatus.PAID, acting=acting, field="payment_status", actor=Actor.PROVIDER)
    order_progress.follow(session, [order], acting=acting)
    if twice or order.status is OrderStatus.CANCELLED or state.captured < payment.amount:
        # Too much money, money for an order that will not be delivered, or too little: a person decides what to do.
        order.needs_review = True
    return f"{money.format_amount(state.captured, state.currency)} were paid for order {order.order_number}."


def _fail(session: Session, paid: Paid, state: ProviderPayment, acting: Acting) -> str | None:
    del state
    if paid.payment.status is not PaymentState.PENDING:
        return None
    move(session, paid.payment, PaymentState.FAILED, acting=acting, actor=Actor.PROVIDER)
    _tell_order(session, paid, acting)
    return f"A payment of order {paid.order.order_number} failed."


def _cancel(session: Session, paid: Paid, state: ProviderPayment, acting: Acting) -> str | None:
    del state
    if paid.payment.status is not PaymentState.PENDING:
        return None
    move(session, paid.payment, PaymentState.CANCELLED, acting=acting, actor=Actor.PROVIDER)
    _tell_order(session, paid, acting)
    return f"A payment of order {paid.order.order_number} was cancelled."


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


def _tell_order(session: Session, paid: Paid, acting: Acting) -> None:
    """An order whose last way of being paid is gone has not been paid."""
    other = sa.exists().where(
        Payment.order_id == paid.order.id, Payment.id != paid.payment.id, Payment.status.in_(_STILL_POSSIBLE)
    )
    if paid.order.payment_status is PaymentStatus.PENDING and not session.scalar(sa.select(other)):
        move(session, paid.order, PaymentStatus.FAILED, acting=acting, field="payment_status", actor=Actor.PROVIDER)


def _transaction(payment: Payment, order: Order, journal_id: uuid.UUID | None) -> Transaction:
    return Transaction(
        user_id=order.customer_id,
        vendor_id=order.vendor_id,
        order_id=order.id,
        payment_id=payment.id,
        type=TransactionType.PAYMENT,
        direction=TransactionDirection.IN,
        amount=payment.captured_amount,
        currency=payment.currency,
        status=TransactionStatus.COMPLETED,
        description=f"Payment of order {order.order_number}",
        event_key=f"payment:{payment.id}",
        journal_id=journal_id,
    )


#: What follows from the provider's word. While it waits for customer or bank, nothing does.
_STEPS: Final[dict[str, Callable[[Session, Paid, ProviderPayment, Acting], str | None]]] = {
    "succeeded": _succeed,
    "requires_payment_method": _fail,
    "canceled": _cancel,
}
