"""How far an order is, counted in units (ORD-2): one set of facts, one pure function, one place that writes it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.services.transitions import move
from models import Order, OrderItem, Product, Shipment, ShipmentItem
from models.order import OrderStatus, PaymentStatus
from models.shipment import ShipmentStatus

#: Money has come in, even if some of it went back.
_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})
_OVER = frozenset({OrderStatus.CANCELLED, OrderStatus.REFUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Unit counts of one order. `units` are physical and not cancelled; the others are those inside parcels."""

    units: int = 0
    picked_up: int = 0
    delivered: int = 0
    #: Parcels that were not voided.
    shipments: int = 0
    shipped_at: dt.datetime | None = None
    #: Delivery of the last unit (ORD-3).
    delivered_at: dt.datetime | None = None
    digital: int = 0
    fulfilled: int = 0


def derived_status(current: OrderStatus, payment: PaymentStatus, progress: Progress) -> OrderStatus:
    """The status that follows from payment and unit counts; first match of the table in ORD-2 (and ORD-5)."""
    if current in _OVER:
        return current
    if payment not in _PAID:
        return OrderStatus.PENDING
    if payment is PaymentStatus.REFUNDED:
        return OrderStatus.REFUNDED
    return _fulfilment(current, progress)


def follow(session: Session, orders: Sequence[Order], *, acting: Acting) -> None:
    """Write the derived status of `orders`, which the caller has locked; a fixed number of reads for all of them.

    A status that the machine does not allow from the current one is not written: the order is flagged for a person.
    """
    session.flush()
    facts = read(session, [order.id for order in orders])
    for order in orders:
        progress = facts[order.id]
        wanted = derived_status(order.status, order.payment_status, progress)
        if order.status in _OVER:
            # Parcels of an order that is over should not be on their way.
            order.needs_review = order.needs_review or progress.picked_up > 0
        elif order.status.allows(wanted, Actor.SYSTEM):
            _set_times(order, wanted, progress)
            move(session, order, wanted, acting=acting, actor=Actor.SYSTEM, flush=False)
        elif order.status is not wanted:
            order.needs_review = True
        else:
            _set_times(order, wanted, progress)
    session.flush()


def read(session: Session, orders: Collection[uuid.UUID]) -> dict[uuid.UUID, Progress]:
    """The unit counts of each order, in two statements."""
    facts = {row.order_id: row for row in session.execute(_parcels(orders))}
    found = {order_id: Progress() for order_id in orders}
    for line in session.execute(_lines(orders)):
        parcel = facts.get(line.order_id)
        found[line.order_id] = Progress(
            units=line.units,
            digital=line.digital,
            fulfilled=line.fulfilled,
            picked_up=parcel.picked_up if parcel else 0,
            delivered=parcel.delivered if parcel else 0,
            shipments=parcel.shipments if parcel else 0,
            shipped_at=parcel.shipped_at if parcel else None,
            delivered_at=max((at for at in (line.fulfilled_at, parcel and parcel.delivered_at) if at), default=None),
        )
    return found


def _fulfilment(current: OrderStatus, progress: Progress) -> OrderStatus:
    if _all_delivered(progress):
        return OrderStatus.DELIVERED
    if progress.units and progress.picked_up == progress.units:
        return OrderStatus.SHIPPED
    if progress.shipments or current is OrderStatus.PROCESSING:
        return OrderStatus.PROCESSING
    return OrderStatus.CONFIRMED


def _all_delivered(progress: Progress) -> bool:
    if progress.units:
        return progress.delivered == progress.units
    return progress.digital > 0 and progress.fulfilled == progress.digital


def _set_times(order: Order, status: OrderStatus, progress: Progress) -> None:
    if status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED} and progress.shipped_at:
        order.shipped_at = progress.shipped_at
    if status is OrderStatus.DELIVERED and progress.delivered_at:
        order.delivered_at = progress.delivered_at


def _lines(orders: Collection[uuid.UUID]) -> sa.Select[uuid.UUID, int, int, int, dt.datetime | None]:
    left = OrderItem.quantity - OrderItem.quantity_cancelled
    count = sa.func.coalesce(sa.func.sum(left).filter(Product.is_digital.is_(sa.false())), 0)
    digital = sa.and_(Product.is_digital, left > 0)
    return (
        sa.select(
            OrderItem.order_id,
            count.label("units"),
            sa.func.count().filter(digital).label("digital"),
            sa.func.count().filter(digital, OrderItem.fulfilled_at.is_not(None)).label("fulfilled"),
            sa.func.max(OrderItem.fulfilled_at).label("fulfilled_at"),
        )
        .join(Product, Product.id == OrderItem.product_id)
        .where(OrderItem.order_id.in_(orders))
        .group_by(OrderItem.order_id)
    )


def _parcels(
    orders: Collection[uuid.UUID],
) -> sa.Select[uuid.UUID, int, int, int, dt.datetime | None, dt.datetime | None]:
    """Units by how far their parcel is; what came back after delivery still counts as delivered.

    What moved once has left the house, even if a later event says that it is pending: otherwise the order's status
    would hang on which event was heard first.
    """
    left_house = sa.or_(Shipment.status != ShipmentStatus.PENDING, Shipment.shipped_at.is_not(None))
    arrived = sa.and_(
        Shipment.status.in_([ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED]), Shipment.delivered_at.is_not(None)
    )
    units = sa.func.sum(ShipmentItem.quantity)
    return (
        sa.select(
            Shipment.order_id,
            sa.func.coalesce(units.filter(left_house), 0).label("picked_up"),
            sa.func.coalesce(units.filter(arrived), 0).label("delivered"),
            sa.func.count(Shipment.id.distinct()).label("shipments"),
            sa.func.max(Shipment.shipped_at).label("shipped_at"),
            sa.func.max(Shipment.delivered_at).label("delivered_at"),
        )
        .outerjoin(ShipmentItem, ShipmentItem.shipment_id == Shipment.id)
        .where(Shipment.order_id.in_(orders), Shipment.voided_at.is_(None))
        .group_by(Shipment.order_id)
    )
