"""A refund that fails after it had succeeded: the money came back, and all that followed from it is undone (REF-4)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.permissions import Role
from backoffice.services import disputes, orders, people
from backoffice.services.failures import failure_code, failure_sentence
from backoffice.services.ledger import record
from backoffice.services.notifications import notify
from backoffice.services.payouts import earnings
from backoffice.services.transitions import move
from models import Order, Payment, Refund, Transaction
from models.notification import NotificationType
from models.payment import PaymentState
from models.refund import RefundStatus
from models.transaction import TransactionDirection, TransactionStatus, TransactionType


def fail(session: Session, refund: Refund, *, code: str | None, raw: str, acting: Acting) -> None:
    """Move a succeeded refund (read locked) to `failed`.

    The payment's caps follow by trigger (REF-1), the order's payment status is derived anew (REF-7), the dispute behind
    it is taken up again (DSP-2). Sending it once more is a new attempt that a person decides on.
    """
    fresh = {"populate_existing": True}
    order = session.scalars(
        sa.select(Order).where(Order.id == refund.order_id).with_for_update().execution_options(**fresh)
    ).one()
    payment = session.scalars(
        sa.select(Payment).where(Payment.id == refund.payment_id).with_for_update().execution_options(**fresh)
    ).one()
    if payment.status is PaymentState.REFUNDED:
        move(session, payment, PaymentState.SUCCEEDED, acting=acting, actor=Actor.SYSTEM)
    refund.failure_code = failure_code(code)
    refund.failure_reason = failure_sentence(refund.failure_code, raw)
    move(session, refund, RefundStatus.FAILED, acting=acting, actor=Actor.PROVIDER, reason=refund.failure_reason)
    session.add(_transaction(refund, order, record.refund_returned(session, refund)))
    earnings.give_back(session, refund)
    orders.derive_payment_status(session, order, acting=acting)
    disputes.refund_settled(session, refund, acting=acting)
    _tell(session, refund, order)
    session.flush()


def _transaction(refund: Refund, order: Order, journal_id: uuid.UUID | None) -> Transaction:
    return Transaction(
        user_id=order.customer_id,
        vendor_id=order.vendor_id,
        order_id=order.id,
        payment_id=refund.payment_id,
        refund_id=refund.id,
        type=TransactionType.REFUND,
        direction=TransactionDirection.IN,
        amount=refund.amount,
        currency=refund.currency,
        status=TransactionStatus.COMPLETED,
        description=f"Refund on order {order.order_number} came back",
        event_key=f"refund:{refund.id}:{refund.attempt}:returned",
        journal_id=journal_id,
    )


def _tell(session: Session, refund: Refund, order: Order) -> None:
    notify(
        session,
        {*people.active(session, Role.FINANCE), refund.requested_by, order.vendor_id},
        event="refund.returned",
        title="A refund came back",
        message=f"{money.format_amount(refund.amount, refund.currency)} on order {order.order_number}."
        f" {refund.failure_reason}",
        subject=("refunds", refund.id),
        severity=NotificationType.ERROR,
        dedup=str(refund.attempt),
    )
