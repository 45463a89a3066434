"""What people decide about orders, and what follows from money (ORD-1, ORD-4, ORD-5, REF-7)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.permissions import Permission, Role
from backoffice.services import order_progress, people, scope, stock
from backoffice.services.guards import require, required_text
from backoffice.services.notifications import notify
from backoffice.services.order_money import CAPTURED, PARTS
from backoffice.services.shares import request_everything
from backoffice.services.transitions import move
from models import Order, OrderItem, Shipment
from models.notification import NotificationType
from models.order import OrderStatus, PaymentStatus
from models.refund import RefundReason
from models.shipment import ShipmentStatus

PICKED_UP = "A parcel of this order has been picked up, so it can only be returned, not cancelled."
_AFTER_PAYMENT = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED)


def lock(session: Session, order_id: uuid.UUID, *, acting: Acting) -> Order:
    """The order, locked. Raises `NotFoundError` for one that this person may not see (ACC-1)."""
    order: Order = scope.get_visible(session, Order, order_id, acting, lock=True)
    return order


def cancel(session: Session, order_id: uuid.UUID, *, reason: str, acting: Acting) -> Order:
    """Cancel an order of which no unit was picked up; its units go back into stock (STK-2).

    What was paid is asked back in the same transaction (ORD-4).
    """
    require(acting, Permission.ORDERS_CANCEL, "Only admins and the order's vendor cancel orders.")
    why = required_text(reason, "Say why the order is cancelled.", field="reason")
    order = lock(session, order_id, acting=acting)
    if order_progress.read(session, [order.id])[order.id].picked_up:
        raise DomainError(PICKED_UP, code="already_picked_up")
    now = session.scalar(sa.select(NOW))
    move(session, order, OrderStatus.CANCELLED, acting=acting, reason=why, values={"cancelled_at": now})
    _void_parcels(session, order)
    session.execute(
        sa.update(OrderItem).where(OrderItem.order_id == order.id).values(quantity_cancelled=OrderItem.quantity)
    )
    stock.restock_cancelled(session, order, acting=acting)
    _give_back(session, order, why, acting=acting)
    _tell_of_cancel(session, order, why, acting=acting)
    return order


def start_processing(session: Session, order_id: uuid.UUID, *, acting: Acting) -> Order:
    """The vendor, or logistics, begins to prepare a confirmed order."""
    order = lock(session, order_id, acting=acting)
    move(session, order, OrderStatus.PROCESSING, acting=acting)
    return order


def derive_payment_status(session: Session, order: Order, *, acting: Acting) -> PaymentStatus:
    """Write `payment_status` of `order` (read locked) from what was captured and given back (REF-7).

    When everything went back the order itself becomes refunded (ORD-5). An order that is refunded while some of its
    money came back to us, because a refund failed late, is flagged for a person: nothing may follow `refunded`.
    """
    captured, refunded = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(PARTS.c.captured_amount), 0),
            sa.func.coalesce(sa.func.sum(PARTS.c.refunded_amount), 0),
        ).where(PARTS.c.order_id == order.id, PARTS.c.status.in_(CAPTURED))
    ).one()
    if order.payment_status not in _AFTER_PAYMENT:
        return order.payment_status
    wanted = _payment_status(captured, refunded)
    if order.payment_status is not wanted:
        move(session, order, wanted, acting=acting, field="payment_status", actor=Actor.SYSTEM)
    if wanted is PaymentStatus.REFUNDED:
        order_progress.follow(session, [order], acting=acting)
    elif order.status is OrderStatus.REFUNDED:
        order.needs_review = True
    session.flush()
    return wanted


def refundable(session: Session, order: Order) -> Decimal:
    """What may still be asked back on all payments of `order`, in its currency (REF-1); read without a lock."""
    taken = PARTS.c.refund_reserved + PARTS.c.refunded_amount + PARTS.c.charged_back_amount
    left = sa.func.greatest(PARTS.c.captured_amount - taken, Decimal(0))
    total = session.scalar(
        sa.select(sa.func.sum(left)).where(PARTS.c.order_id == order.id, PARTS.c.status.in_(CAPTURED))
    )
    return total or Decimal(0)


def _payment_status(captured: Decimal, refunded: Decimal) -> PaymentStatus:
    if refunded <= 0:
        return PaymentStatus.PAID
    return PaymentStatus.REFUNDED if refunded >= captured else PaymentStatus.PARTIALLY_REFUNDED


def _void_parcels(session: Session, order: Order) -> None:
    """Labels of a cancelled order must not be used; nothing was picked up, so all parcels are pending."""
    session.execute(
        sa.update(Shipment)
        .where(
            Shipment.order_id == order.id,
            Shipment.voided_at.is_(None),
            Shipment.status == ShipmentStatus.PENDING,
        )
        .values(voided_at=NOW)
    )


def _give_back(session: Session, order: Order, why: str, *, acting: Acting) -> None:
    if refundable(session, order) > 0:
        request_everything(
            session,
            order,
            reason=RefundReason.OTHER,
            note=f"Order {order.order_number} was cancelled: {why}",
            acting=acting,
            permission=Permission.ORDERS_CANCEL,
        )


def _tell_of_cancel(session: Session, order: Order, why: str, *, acting: Acting) -> None:
    """The other side is told: the vendor when an admin cancels, the admins when the vendor does."""
    to = people.active(session, Role.ADMIN) if acting.vendor_id else [order.vendor_id]
    notify(
        session,
        to,
        event="order.cancelled",
        title="An order was cancelled",
        message=f"Order {order.order_number}: {why}",
        subject=("orders", order.id),
        severity=NotificationType.WARNING,
    )
