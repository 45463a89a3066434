"""Parcels and lines of an order agree with the order."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from models import OrderItem, Shipment
from tests.factories import items_of, make_order, make_shipment, make_vendor
from tests.models.refusals import refused

CAP = "tr_shipment_items_quantity"


def test_parcels_hold_what_was_ordered(session: Session) -> None:
    """SHP-1: over all parcels, voided ones left out."""
    order = make_order(session, lines=((3, "10.00"),))
    line = items_of(session, order)[0]
    first = make_shipment(session, order=order, units={line.id: 2})
    with refused(session, CAP):
        make_shipment(session, order=order, units={line.id: 2})
    first.voided_at = now()
    session.flush()
    make_shipment(session, order=order, units={line.id: 3})
    with refused(session, CAP):
        session.execute(sa.update(Shipment).where(Shipment.id == first.id).values(voided_at=None))


def test_cancelled_units_are_not_sent(session: Session) -> None:
    """SHP-1: what is in a parcel cannot be cancelled, what is cancelled cannot go into one."""
    order = make_order(session, lines=((3, "10.00"),))
    line = items_of(session, order)[0]
    make_shipment(session, order=order, units={line.id: 2})
    with refused(session, CAP):
        session.execute(sa.update(OrderItem).where(OrderItem.id == line.id).values(quantity_cancelled=2))
    session.execute(sa.update(OrderItem).where(OrderItem.id == line.id).values(quantity_cancelled=1))
    with refused(session, CAP):
        make_shipment(session, order=order, units={line.id: 1})


def test_parcel_holds_lines_of_its_own_order(session: Session) -> None:
    stranger = items_of(session, make_order(session))[0]
    with refused(session, "tr_shipment_items_order"):
        make_shipment(session, order=make_order(session), units={stranger.id: 1})
    parcel = make_shipment(session)
    with refused(session, "tr_shipments_order"):
        session.execute(sa.update(Shipment).where(Shipment.id == parcel.id).values(order_id=stranger.order_id))


@pytest.mark.parametrize("column", ["vendor_id", "currency"])
def test_line_agrees_with_its_order(session: Session, column: str) -> None:
    """Data model C3.26: copies for row scope are true copies."""
    line = items_of(session, make_order(session, paid=False))[0]
    value = {"vendor_id": make_vendor(session).id, "currency": "EUR"}[column]
    with refused(session, "tr_order_items_order"):
        session.execute(sa.update(OrderItem).where(OrderItem.id == line.id).values({column: value}))


def test_commission_is_frozen_when_the_order_is_confirmed(session: Session) -> None:
    """COM-2."""
    change = {"commission_rate": 0, "commission_amount": 0, "vendor_amount": OrderItem.total_price}
    pending, confirmed = (items_of(session, make_order(session, paid=paid))[0] for paid in (False, True))
    session.execute(sa.update(OrderItem).where(OrderItem.id == pending.id).values(change))
    with refused(session, "tr_order_items_frozen"):
        session.execute(sa.update(OrderItem).where(OrderItem.id == confirmed.id).values(change))
