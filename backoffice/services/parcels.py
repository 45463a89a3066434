"""Packing: a parcel of some units of an order, by whoever sends it; what is left stays for the next one (SHP-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import clock
from backoffice.acting import Acting
from backoffice.errors import DomainError, InvalidInputError, NotFoundError
from backoffice.permissions import Permission
from backoffice.services import order_progress, orders
from backoffice.services.guards import require
from models import Order, OrderItem, Product, Shipment, ShipmentItem, ShippingMethod
from models.base import uuid7
from models.order import OrderStatus

#: While an order is one of these, something may be left to send.
PACKABLE: Final = frozenset({OrderStatus.CONFIRMED, OrderStatus.PROCESSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A line of which `units` are neither cancelled nor in a parcel."""

    item_id: uuid.UUID
    name: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """How a parcel travels. Carrier and service are the method's own when they are left out."""

    method_id: uuid.UUID
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None


def remaining(session: Session, order_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Left]]:
    """The lines of each order of which something is still to be sent, in order; digital ones never are (SHP-1)."""
    packed = (
        sa.select(ShipmentItem.order_item_id, sa.func.sum(ShipmentItem.quantity).label("units"))
        .join(Shipment, Shipment.id == ShipmentItem.shipment_id)
        .where(Shipment.order_id.in_(order_ids), Shipment.voided_at.is_(None))
        .group_by(ShipmentItem.order_item_id)
        .subquery()
    )
    left = OrderItem.quantity - OrderItem.quantity_cancelled - sa.func.coalesce(packed.c.units, 0)
    rows = session.execute(
        sa.select(OrderItem.order_id, OrderItem.id, OrderItem.product_name, left.label("units"))
        .join(Product, Product.id == OrderItem.product_id)
        .outerjoin(packed, packed.c.order_item_id == OrderItem.id)
        .where(OrderItem.order_id.in_(order_ids), Product.is_digital.is_(sa.false()), left > 0)
        .order_by(OrderItem.created_at, OrderItem.id)
    )
    found: dict[uuid.UUID, list[Left]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(Left(item_id=row.id, name=row.product_name, units=row.units))
    return found


def methods(session: Session) -> Sequence[ShippingMethod]:
    """The ways to ship that are in use, by name."""
    used = sa.select(ShippingMethod).where(ShippingMethod.is_active, ShippingMethod.deleted_at.is_(None))
    return session.scalars(used.order_by(ShippingMethod.name, ShippingMethod.id)).all()


def make(
    session: Session, order_id: uuid.UUID, units: Mapping[uuid.UUID, int], label: Label, *, acting: Acting
) -> Shipment:
    """A parcel with `units` by order line; the order follows (ORD-2). Two people at once never send too much (SHP-1).

    Raises `NotFoundError` for an order that the person may not see, `InvalidInputError` for nothing, too many units,
    an unknown method and a number in use (SHP-5), and `DomainError` for an order that sends nothing (any more).
    """
    require(acting, Permission.SHIPMENTS_CREATE, "Only the order's vendor, logistics and admins make parcels.")
    order = orders.lock(session, order_id, acting=acting)
    if order.status not in PACKABLE:
        raise DomainError(f"This order is {order.status.label.lower()}; nothing is packed for it.", code="not_packable")
    chosen = _chosen(session, order, units)
    method = session.get(ShippingMethod, label.method_id)
    if method is None or not method.is_active or method.deleted_at is not None:
        raise InvalidInputError("Choose a shipping method that is in use.", field="method")
    parcel = Shipment(
        id=uuid7(),
        order_id=order.id,
        shipping_method_id=method.id,
        carrier=_text(label.carrier) or method.carrier,
        service_type=_text(label.service) or method.service_type,
        tracking_number=_free_number(session, label.tracking_number),
        estimated_delivery=clock.now() + dt.timedelta(days=method.estimated_days_max),
    )
    session.add(parcel)
    session.flush()
    session.add_all(
        ShipmentItem(id=uuid7(), shipment_id=parcel.id, order_item_id=item_id, quantity=count)
        for item_id, count in chosen.items()
    )
    order_progress.follow(session, [order], acting=acting)
    return parcel


def _chosen(session: Session, order: Order, units: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, int]:
    """The lines with more than nothing, judged by what is left under the order's lock."""
    chosen = {item_id: count for item_id, count in sorted(units.items()) if count}
    if not chosen:
        raise InvalidInputError("Say how many units of at least one line go into the parcel.", field="lines")
    left = {line.item_id: line for line in remaining(session, [order.id]).get(order.id, ())}
    own = set(session.scalars(sa.select(OrderItem.id).where(OrderItem.order_id == order.id)))
    for item_id, count in chosen.items():
        if item_id not in own:
            raise NotFoundError
        line = left.get(item_id)
        if line is None or not 0 < count <= line.units:
            left_over = f"only {line.units} left of {line.name}" if line else "nothing left of one line"
            raise InvalidInputError(f"Too many units: {left_over}.", field="lines", code="too_many_units")
    return chosen


def _free_number(session: Session, number: str | None) -> str | None:
    """The number without blanks around it. The unique key decides when two people type it at once (SHP-5)."""
    wanted = _text(number)
    if wanted and session.scalar(sa.select(sa.exists().where(Shipment.tracking_number == wanted))):
        raise InvalidInputError(
            "Another parcel has this tracking number.", field="tracking_number", code="number_taken"
        )
    return wanted


def _text(typed: str | None) -> str | None:
    return (typed or "").strip() or None
