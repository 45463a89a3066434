"""What each order has of its customers' payments: a payment of its own, or its share in one of its group (MON-6)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Order, Payment, PaymentAllocation
from models.payment import PaymentState

#: A payment that brought money in.
CAPTURED: Final = (PaymentState.SUCCEEDED, PaymentState.REFUNDED)
#: The names of the columns that a payment and a share of one have in common.
_CAPS: Final = ("captured_amount", "refund_reserved", "refunded_amount", "charged_back_amount")


def _parts() -> sa.Subquery:
    paid = (Payment.status, Payment.processed_at, Payment.available_on)
    own = sa.select(Payment.id, Payment.id.label("payment_id"), Payment.order_id, *paid, *_caps(Payment))
    share = sa.select(
        PaymentAllocation.id, Payment.id, PaymentAllocation.order_id, *paid, *_caps(PaymentAllocation)
    ).join(Payment, Payment.id == PaymentAllocation.payment_id)
    return sa.union_all(own.where(Payment.order_id.is_not(None)), share).subquery("order_payments")


def _caps(holder: type[Payment | PaymentAllocation]) -> list[sa.ColumnElement[Decimal]]:
    return [getattr(holder, name) for name in _CAPS]


#: One row for each order and payment, with the columns of `Payment` that are about money; `id` is that of the row that
#: has them, and the source of the order's journal. Always limit it by `order_id`, which both sides have an index for.
PARTS: Final[Any] = _parts()


@dataclass(frozen=True, slots=True)
class Part:
    """What one order has of a payment: all of it, or the share in `allocation`."""

    payment: Payment
    order_id: uuid.UUID
    allocation: PaymentAllocation | None = None

    @property
    def captured(self) -> Decimal:
        """What came in for the order, in its currency."""
        return self._holder.captured_amount

    @property
    def refundable(self) -> Decimal:
        """What may still be asked back for the order (REF-1); a share never gives back what its payment has not."""
        return min(self._holder.refundable, self.payment.refundable)

    @property
    def authorized(self) -> Decimal:
        """What was asked of the customer for the order."""
        return self.allocation.authorized_amount if self.allocation else self.payment.amount

    @property
    def kept(self) -> Decimal:
        """What neither refunds nor banks took back of it."""
        gone = self._holder.refunded_amount + self._holder.charged_back_amount
        return max(self.captured - gone, Decimal(0))

    @property
    def source(self) -> tuple[str, uuid.UUID]:
        """Table and id of the row that a journal about this money names (LED-3)."""
        return self._holder.__tablename__, self._holder.id

    def refresh(self, session: Session) -> None:
        """Read what triggers changed since."""
        session.refresh(self.payment)
        session.refresh(self._holder)

    @property
    def _holder(self) -> Payment | PaymentAllocation:
        return self.allocation or self.payment


def parts_of(session: Session, payment: Payment) -> list[Part]:
    """What each order has of `payment` (read locked), in the order of their ids."""
    if payment.order_id is not None:
        return [Part(payment, payment.order_id)]
    shares = session.scalars(
        sa.select(PaymentAllocation)
        .where(PaymentAllocation.payment_id == payment.id)
        .order_by(PaymentAllocation.order_id)
        .execution_options(populate_existing=True)
    )
    return [Part(payment, share.order_id, share) for share in shares]


def lock_part(session: Session, payment_id: uuid.UUID, order_id: uuid.UUID) -> Part:
    """What an order has of one of its payments, which is locked until the transaction ends."""
    payment = session.scalars(
        sa.select(Payment).where(Payment.id == payment_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    return next(part for part in parts_of(session, payment) if part.order_id == order_id)


def lock(session: Session, order: Order, statuses: Collection[PaymentState] = CAPTURED) -> Sequence[Part]:
    """What `order` (locked) has of its payments, newest first; the payments are locked until the transaction ends.

    Nobody changes a share without its payment's lock, so the shares need none of their own.
    """
    of_order = sa.select(PARTS.c.payment_id).where(PARTS.c.order_id == order.id)
    payments = session.scalars(
        sa.select(Payment)
        .where(Payment.id.in_(of_order), Payment.status.in_(statuses))
        .order_by(Payment.processed_at.desc(), Payment.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return [part for payment in payments for part in parts_of(session, payment) if part.order_id == order.id]


def orders_of(payment_intent: str) -> sa.Select[tuple[uuid.UUID]]:
    """SELECT of the ids of the orders that a payment is for; of none when we do not know the payment."""
    own = sa.select(Payment.order_id).where(
        Payment.stripe_payment_intent_id == payment_intent, Payment.order_id.is_not(None)
    )
    share = (
        sa.select(PaymentAllocation.order_id)
        .join(Payment, Payment.id == PaymentAllocation.payment_id)
        .where(Payment.stripe_payment_intent_id == payment_intent)
    )
    return sa.select(sa.union_all(own, share).subquery().c.order_id)
