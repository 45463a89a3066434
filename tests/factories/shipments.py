"""Shipping methods, and parcels with what is inside."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import DeliveryProof, Order, Shipment, ShipmentEvent, ShipmentItem, ShippingMethod
from models.base import uuid7
from models.delivery_proof import ProofKind
from models.media_type import MediaType
from models.shipment import ShipmentStatus
from tests.factories.orders import items_of, make_order
from tests.support.pictures import photo


def make_shipping_method(session: Session, **values: Any) -> ShippingMethod:
    """A ground service of three to five days."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "name": "Ground",
        "carrier": "Parcel Co",
        "service_type": "ground",
        "currency": "USD",
        "estimated_days_min": 3,
        "estimated_days_max": 5,
    }
    method = ShippingMethod(**(defaults | values))
    session.add(method)
    session.flush()
    return method


def make_shipment(
    session: Session,
    *,
    order: Order | None = None,
    units: Mapping[uuid.UUID, int] | None = None,
    at: dt.datetime | None = None,
    **values: Any,
) -> Shipment:
    """A parcel with `units` by order item (all units of the order when left out).

    When `status` is not pending, the one event that explains it happened at `at` (an hour ago when left out).
    """
    order = order or make_order(session)
    status = values.setdefault("status", ShipmentStatus.PENDING)
    at = at or now() - dt.timedelta(hours=1)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "order_id": order.id,
        "tracking_number": f"TRK{uuid.uuid4().hex[:16].upper()}",
        "carrier": "Parcel Co",
        "service_type": "ground",
    }
    if "shipping_method_id" not in values:
        defaults["shipping_method_id"] = make_shipping_method(session).id
    if status is not ShipmentStatus.PENDING:
        defaults["shipped_at"] = at
    if status is ShipmentStatus.DELIVERED:
        defaults["delivered_at"] = at
    shipment = Shipment(**(defaults | values))
    session.add(shipment)
    session.flush()
    inside = units if units is not None else {item.id: item.quantity for item in items_of(session, order)}
    session.add_all(
        ShipmentItem(id=uuid7(), shipment_id=shipment.id, order_item_id=item_id, quantity=count)
        for item_id, count in inside.items()
    )
    if status is not ShipmentStatus.PENDING:
        session.add(
            ShipmentEvent(
                id=uuid7(), shipment_id=shipment.id, status=status, occurred_at=at, event_hash=uuid.uuid4().hex
            )
        )
    session.flush()
    return shipment


def make_proof(session: Session, parcel: Shipment, *, taken_by: uuid.UUID, **values: Any) -> DeliveryProof:
    """A small photograph of where the parcel was left."""
    content = values.pop("content", None) or photo()
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "shipment_id": parcel.id,
        "kind": ProofKind.PHOTO,
        "taken_by": taken_by,
        "media_type": MediaType.JPEG,
        "size": len(content),
        "content": content,
    }
    proof = DeliveryProof(**(defaults | values))
    session.add(proof)
    session.flush()
    return proof
