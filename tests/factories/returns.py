"""Returns of parcels."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Return, ReturnItem, Shipment, ShipmentItem
from models.base import uuid7
from models.shipment import ShipmentStatus
from tests.factories.shipments import make_shipment


def make_return(session: Session, *, shipment: Shipment | None = None, **values: Any) -> Return:
    """A proposal to take back all that is in `shipment`, or in a parcel that came back."""
    shipment = shipment or make_shipment(session, status=ShipmentStatus.RETURNED)
    record = Return(**({"id": uuid7(), "order_id": shipment.order_id, "shipment_id": shipment.id} | values))
    session.add(record)
    session.flush()
    inside = session.scalars(sa.select(ShipmentItem).where(ShipmentItem.shipment_id == shipment.id))
    session.add_all(
        ReturnItem(id=uuid7(), return_id=record.id, order_item_id=item.order_item_id, quantity=item.quantity)
        for item in inside
    )
    session.flush()
    return record
