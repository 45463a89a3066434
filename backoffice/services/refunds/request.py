"""Asking for a refund, under the payment's row lock so that the cap cannot be broken (REF-1, REF-2)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Permission, Role
from backoffice.services import people, settings
from backoffice.services.notifications import notify
from models import Dispute, Order, OrderItem, Payment, Refund, RefundItem, StatusHistory
from models.payment import PaymentState
from models.refund import RefundKind, RefundReason, RefundStatus

THRESHOLD = "refund.second_person_threshold"
_COUNTED = (RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.PROCESSING, RefundStatus.SUCCEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How much of one order line to give back; `amount` in the order's currency."""

    order_item_id: uuid.UUID
    quantity: int
    amount: Decimal


def request(
    session: Session,
    *,
    order: Order,
    kind: RefundKind,
    reason: RefundReason,
    acting: Acting,
    amount: Decimal | None = None,
    lines: Sequence[Line] = (),
    note: str | None = None,
    dispute: Dispute | None = None,
    permission: Permission = Permission.REFUNDS_REQUEST,
) -> Refund:
    """Ask for money back on `order`; for `lines` the amount is their sum, otherwise `amount` says it.

    A refund that follows from another decision, such as a cancelled order (ORD-4), needs the `permission` of that one.

    Raises `DomainError` `refund_exceeds_balance` above what the payment still holds (REF-1), `InvalidInputError` for
    lines beyond what was sold (REF-2), `ForbiddenError` for a person who may not ask.
    """
    if not acting.may(permission):
        raise ForbiddenError("You may not request refunds.")
    if acting.user_id is None:
        raise ForbiddenError("A refund is requested by a person.")
    session.execute(sa.select(Order.id).where(Order.id == order.id).with_for_update())
    payment = _lock_payment(session, order)
    total = amount_of(session, order, kind, amount, lines)
    if total > payment.refundable:
        left = money.format_amount(payment.refundable, payment.currency)
        raise DomainError(f"Only {left} is left to refund on this order.", code="refund_exceeds_balance")
    refund = Refund(
        order_id=order.id,
        payment_id=payment.id,
        dispute_id=dispute.id if dispute else None,
        kind=kind,
        amount=total,
        currency=order.currency,
        reason=reason,
        note=note or None,
        requested_by=acting.user_id,
        # The need is frozen here, whatever the setting says later (WHO-1, REF-5).
        second_person_required=settings.reaches_threshold(session, THRESHOLD, total, order.currency),
    )
    session.add(refund)
    session.flush()
    session.add_all(
        RefundItem(
            refund_id=refund.id,
            order_item_id=line.order_item_id,
            quantity=line.quantity,
            amount=line.amount,
            currency=order.currency,
        )
        for line in lines
    )
    _record(session, refund, acting)
    _tell_finance(session, refund, order, acting)
    session.flush()
    return refund


def line_limits(session: Session, order: Order) -> Mapping[uuid.UUID, tuple[OrderItem, int, Decimal]]:
    """What may still be given back of each line: the line, units, amount in the order's currency (REF-2)."""
    counted = sa.select(Refund.id).where(Refund.order_id == order.id, Refund.status.in_(_COUNTED))
    taken = (
        sa.select(
            RefundItem.order_item_id,
            sa.func.sum(RefundItem.quantity).label("n"),
            sa.func.sum(RefundItem.amount).label("a"),
        )
        .where(RefundItem.refund_id.in_(counted))
        .group_by(RefundItem.order_item_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(OrderItem, sa.func.coalesce(taken.c.n, 0), sa.func.coalesce(taken.c.a, Decimal(0)))
        .outerjoin(taken, taken.c.order_item_id == OrderItem.id)
        .where(OrderItem.order_id == order.id)
        .order_by(OrderItem.id)
    )
    return {item.id: (item, item.quantity - int(n), item.total_price - a) for item, n, a in rows}


def shipping_limit(session: Session, order: Order) -> Decimal:
    """What may still be given back of the shipping cost (REF-2), in the order's currency."""
    taken = session.scalar(
        sa.select(sa.func.sum(Refund.amount)).where(
            Refund.order_id == order.id, Refund.kind == RefundKind.SHIPPING, Refund.status.in_(_COUNTED)
        )
    )
    return order.shipping_amount - (taken or Decimal(0))


def amount_of(
    session: Session, order: Order, kind: RefundKind, amount: Decimal | None, lines: Sequence[Line]
) -> Decimal:
    """What such a refund comes to, in the order's currency: also the dry run of a request (REF-10).

    Raises `InvalidInputError` for what was not sold or is above a cap of its own (REF-2), `NotFoundError`.
    """
    if kind is RefundKind.LINES:
        if not lines:
            raise InvalidInputError("Choose at least one order line.", field="lines")
        limits = line_limits(session, order)
        for line in lines:
            _check_line(line, limits, order.currency)
        return sum((line.amount for line in lines), Decimal(0))
    if lines:
        raise InvalidInputError(f"A {kind.label.lower()} refund has no order lines.", field="lines")
    if amount is None or amount <= 0:
        raise InvalidInputError("Give an amount above zero.", field="amount")
    total = money.exact(amount, order.currency)
    if kind is RefundKind.SHIPPING and total > shipping_limit(session, order):
        left = money.format_amount(shipping_limit(session, order), order.currency)
        raise InvalidInputError(f"Only {left} of the shipping cost is left to refund.", field="amount")
    return total


def _lock_payment(session: Session, order: Order) -> Payment:
    """The order's captured payment, locked until the transaction ends."""
    payment = session.scalars(
        sa.select(Payment)
        .where(Payment.order_id == order.id, Payment.status.in_([PaymentState.SUCCEEDED, PaymentState.REFUNDED]))
        .order_by(Payment.processed_at.desc(), Payment.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if payment is None:
        raise DomainError("This order has no captured payment, so there is nothing to refund.", code="not_paid")
    return payment


def _check_line(line: Line, limits: Mapping[uuid.UUID, tuple[OrderItem, int, Decimal]], currency: str) -> None:
    if line.order_item_id not in limits:
        raise NotFoundError("That line is not part of this order.")
    item, units, amount = limits[line.order_item_id]
    if line.quantity < 0 or line.quantity > units:
        raise InvalidInputError(f"Of {item.product_name}, {units} can still be refunded.", field="lines")
    if line.amount <= 0 or money.exact(line.amount, currency) > amount:
        left = money.format_amount(amount, currency)
        raise InvalidInputError(f"Of {item.product_name}, {left} can still be refunded.", field="lines")


def _record(session: Session, refund: Refund, acting: Acting) -> None:
    session.add(
        StatusHistory(
            entity="refunds",
            entity_id=refund.id,
            to_status=RefundStatus.REQUESTED.value,
            actor_id=acting.user_id,
            actor=acting.actor.value,
            reason=refund.note,
            request_id=acting.request_id,
        )
    )


def _tell_finance(session: Session, refund: Refund, order: Order, acting: Acting) -> None:
    notify(
        session,
        [user for user in people.active(session, Role.FINANCE) if user != acting.user_id],
        event="refund.requested",
        title="A refund waits for approval",
        message=f"{money.format_amount(refund.amount, refund.currency)} on order {order.order_number}.",
        subject=("refunds", refund.id),
    )
