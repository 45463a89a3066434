"""Sending an approved refund to Stripe: begin or resume, call, settle; each may be repeated (IDE-1, M4)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError, IllegalTransitionError
from backoffice.gateways.payments import Outcome, Payments, Refused, Succeeded
from backoffice.services import disputes, orders, returns, stock
from backoffice.services.chargebacks.running import refuse_while_running
from backoffice.services.failures import failure_code, failure_sentence
from backoffice.services.notifications import notify
from backoffice.services.provider_calls import (
    OutgoingStoppedError,
    key_is_old,
    outgoing_stopped,
    perform,
    prepare,
)
from backoffice.services.refunds import decide
from backoffice.services.refunds.effects import post
from backoffice.services.transitions import move
from models import Order, Payment, Refund, Transaction
from models.notification import NotificationType
from models.payment import PaymentState
from models.refund import RefundStatus
from models.transaction import TransactionDirection, TransactionStatus, TransactionType


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCall:
    """What to send to Stripe; all of it comes from the refund row, never from rows that may change meanwhile (M3)."""

    refund_id: uuid.UUID
    attempt: int
    key: str
    payment_intent: str
    amount: Decimal
    currency: str
    look_first: bool
    key_is_old: bool


def begin(session: Session, refund: Refund, *, acting: Acting) -> RefundCall:
    """Move a requested, approved or failed refund (read locked) to `processing`, with a key stored for this attempt.

    Checks the checker and the payment again, because this is the last moment before money moves (REF-5, REF-6).
    Raises `OutgoingStoppedError`, `ChargedBackError`.
    """
    decide.check_checker(refund, acting)
    refuse_while_running(session, refund.payment_id)
    if outgoing_stopped(session):
        raise OutgoingStoppedError
    if refund.status is RefundStatus.REQUESTED:
        decide.approve(session, refund, acting=acting)
    elif refund.status is RefundStatus.FAILED:
        decide.retry(session, refund, acting=acting)
    if refund.status is not RefundStatus.APPROVED:
        raise IllegalTransitionError(f"A refund that is {refund.status.label.lower()} cannot be sent.")
    _prepare(session, refund)
    move(session, refund, RefundStatus.PROCESSING, acting=acting, actor=Actor.SYSTEM)
    return _call_of(session, refund, look_first=False)


def resume(session: Session, refund: Refund) -> RefundCall | None:
    """The call of a refund (read locked) whose intention is committed; None when its end is known.

    It never starts another attempt: only a person does (IDE-1). Raises `OutgoingStoppedError`.
    """
    if refund.status is not RefundStatus.PROCESSING:
        return None
    if outgoing_stopped(session):
        raise OutgoingStoppedError
    return _call_of(session, refund, look_first=True)


def call(payments: Payments, what: RefundCall) -> Outcome:
    """Ask Stripe, while no transaction is open."""
    metadata = {"refund_id": str(what.refund_id), "attempt": str(what.attempt)}
    return perform(
        create=lambda: payments.refund(
            payment_intent=what.payment_intent,
            amount=what.amount,
            currency=what.currency,
            key=what.key,
            metadata=metadata,
        ),
        find=lambda: payments.find_refund(payment_intent=what.payment_intent, metadata=metadata),
        look_first=what.look_first,
        key_is_old=what.key_is_old,
    )


def settle(session: Session, refund: Refund, what: RefundCall, outcome: Outcome, *, acting: Acting) -> bool:
    """Record what Stripe said; safe to repeat. Returns whether the refund is final.

    An answer that is not known stays `processing` and is asked again with the same key.
    """
    if refund.attempt != what.attempt or refund.status is not RefundStatus.PROCESSING:
        return True
    if isinstance(outcome, Refused):
        _fail(session, refund, outcome, acting=acting)
        return True
    if not isinstance(outcome, Succeeded):
        return False
    refund.stripe_refund_id = outcome.id
    if outcome.status == "pending":
        session.flush()
        return False
    _succeed(session, refund, acting=acting)
    return True


def sent(session: Session, refund: Refund) -> RefundCall:
    """What was sent for a refund (read locked) in `processing`, to settle it with what Stripe tells by itself."""
    return _call_of(session, refund, look_first=True)


def _prepare(session: Session, refund: Refund) -> None:
    payment = session.scalars(sa.select(Payment).where(Payment.id == refund.payment_id)).one()
    if payment.stripe_payment_intent_id is None:
        raise DomainError("This payment was not made through Stripe, so it cannot be refunded there.", code="no_intent")
    # Both conversions refuse what Stripe cannot carry, before anything is written (MON-3).
    money.to_stripe(refund.amount, refund.currency)
    prepare(
        session,
        refund,
        key=f"refund:{refund.id}:{refund.attempt}",
        params={
            "payment_intent": payment.stripe_payment_intent_id,
            "amount": str(refund.amount),
            "currency": refund.currency,
        },
    )


def _call_of(session: Session, refund: Refund, *, look_first: bool) -> RefundCall:
    params = refund.request_params or {}
    return RefundCall(
        refund_id=refund.id,
        attempt=refund.attempt,
        key=str(refund.idempotency_key),
        payment_intent=params["payment_intent"],
        amount=Decimal(params["amount"]),
        currency=params["currency"],
        look_first=look_first,
        key_is_old=look_first and key_is_old(session, refund),
    )


def _succeed(session: Session, refund: Refund, *, acting: Acting) -> None:
    # Orders before payments, as in asking for a refund, so that the two cannot block each other.
    order = session.scalars(
        sa.select(Order).where(Order.id == refund.order_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    refund.processed_at = session.scalar(sa.select(NOW))
    journal_id = post(session, refund, order)
    move(session, refund, RefundStatus.SUCCEEDED, acting=acting, actor=Actor.PROVIDER)
    payment = session.scalars(
        sa.select(Payment).where(Payment.id == refund.payment_id).execution_options(populate_existing=True)
    ).one()
    if payment.status is PaymentState.SUCCEEDED and payment.refunded_amount == payment.captured_amount:
        move(session, payment, PaymentState.REFUNDED, acting=acting, actor=Actor.SYSTEM)
    session.add(_transaction(refund, order, TransactionStatus.COMPLETED, journal_id))
    orders.derive_payment_status(session, order, acting=acting)
    stock.restock_refunded(session, refund, acting=acting)
    returns.settle(session, order, acting=acting)
    disputes.refund_settled(session, refund, acting=acting)
    _tell(session, refund, order, "A refund was paid", NotificationType.SUCCESS)
    session.flush()


def _fail(session: Session, refund: Refund, outcome: Refused, *, acting: Acting) -> None:
    order = session.scalars(sa.select(Order).where(Order.id == refund.order_id).with_for_update()).one()
    refund.failure_code = failure_code(outcome.code)
    refund.failure_reason = failure_sentence(refund.failure_code, outcome.message)
    move(session, refund, RefundStatus.FAILED, acting=acting, actor=Actor.PROVIDER, reason=refund.failure_reason)
    session.add(_transaction(refund, order, TransactionStatus.FAILED))
    disputes.refund_settled(session, refund, acting=acting)
    _tell(session, refund, order, "A refund failed", NotificationType.ERROR)
    session.flush()


def _transaction(
    refund: Refund, order: Order, status: TransactionStatus, journal_id: uuid.UUID | None = None
) -> Transaction:
    return Transaction(
        user_id=order.customer_id,
        vendor_id=order.vendor_id,
        order_id=order.id,
        payment_id=refund.payment_id,
        refund_id=refund.id,
        type=TransactionType.REFUND,
        direction=TransactionDirection.OUT,
        amount=-refund.amount,
        currency=refund.currency,
        status=status,
        description=f"Refund on order {order.order_number}",
        event_key=f"refund:{refund.id}:{refund.attempt}",
        journal_id=journal_id,
    )


def _tell(session: Session, refund: Refund, order: Order, title: str, severity: NotificationType) -> None:
    people = [refund.requested_by, *([refund.approved_by] if refund.approved_by else []), order.vendor_id]
    notify(
        session,
        people,
        event="refund.settled",
        title=title,
        message=f"{money.format_amount(refund.amount, refund.currency)} on order {order.order_number}."
        + (f" {refund.failure_reason}" if refund.failure_reason else ""),
        subject=("refunds", refund.id),
        severity=severity,
        dedup=str(refund.attempt),
    )
