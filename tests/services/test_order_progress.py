"""The derived status of orders, by unit counts."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.services import order_progress
from backoffice.services.order_progress import Progress, derived_status
from models import Order, OrderItem, StatusHistory
from models.order import OrderStatus as O
from models.order import PaymentStatus as P
from models.product import ProductStatus
from models.shipment import ShipmentStatus as S
from tests.factories import items_of, make_order, make_product, make_shipment, make_vendor

SYSTEM = Acting.system()


@pytest.mark.parametrize(
    ("current", "payment", "progress", "expected"),
    [
        (O.CANCELLED, P.PAID, Progress(units=1, delivered=1, picked_up=1, shipments=1), O.CANCELLED),
        (O.REFUNDED, P.REFUNDED, Progress(units=1, delivered=1, picked_up=1, shipments=1), O.REFUNDED),
        (O.CONFIRMED, P.PENDING, Progress(units=1), O.PENDING),
        (O.PENDING, P.FAILED, Progress(units=1, shipments=1), O.PENDING),
        (O.DELIVERED, P.REFUNDED, Progress(units=1, delivered=1, picked_up=1, shipments=1), O.REFUNDED),
        (O.SHIPPED, P.PAID, Progress(units=2, delivered=2, picked_up=2, shipments=2), O.DELIVERED),
        (O.PROCESSING, P.PARTIALLY_REFUNDED, Progress(units=2, delivered=1, picked_up=2, shipments=2), O.SHIPPED),
        (O.CONFIRMED, P.PAID, Progress(units=3, picked_up=2, shipments=1), O.PROCESSING),
        (O.CONFIRMED, P.PAID, Progress(units=3, shipments=1), O.PROCESSING),
        (O.PROCESSING, P.PAID, Progress(units=3), O.PROCESSING),
        (O.PENDING, P.PAID, Progress(units=3), O.CONFIRMED),
        (O.CONFIRMED, P.PAID, Progress(digital=2, fulfilled=2), O.DELIVERED),
        (O.CONFIRMED, P.PAID, Progress(digital=2, fulfilled=1), O.CONFIRMED),
    ],
)
def test_the_first_matching_row_of_the_table_counts(current: O, payment: P, progress: Progress, expected: O) -> None:
    """ORD-1, ORD-2, ORD-5: every row of the table; money and fulfilment are two axes."""
    assert derived_status(current, payment, progress) is expected


def follow(session: Session, order: Order) -> O:
    order_progress.follow(session, [order], acting=SYSTEM)
    session.refresh(order)
    return order.status


def test_one_of_two_parcels_delivered_is_shipped(session: Session) -> None:
    """ORD-2 T: two shipments, one delivered, one in transit: shipped, never delivered."""
    order = make_order(session, lines=[(1, "10.00"), (1, "20.00")])
    first, second = items_of(session, order)
    make_shipment(session, order=order, units={first.id: 1}, status=S.DELIVERED)
    make_shipment(session, order=order, units={second.id: 1}, status=S.IN_TRANSIT)
    assert follow(session, order) is O.SHIPPED
    assert order.shipped_at is not None
    assert order.delivered_at is None


def test_two_of_three_units_shipped_is_processing(session: Session) -> None:
    """ORD-2 T: 3 units, 2 shipped: processing, with progress 2/3."""
    order = make_order(session, lines=[(3, "10.00")])
    [item] = items_of(session, order)
    make_shipment(session, order=order, units={item.id: 2}, status=S.IN_TRANSIT)
    assert follow(session, order) is O.PROCESSING
    progress = order_progress.read(session, [order.id])[order.id]
    assert (progress.picked_up, progress.units) == (2, 3)


def test_cancelled_units_are_not_waited_for(session: Session) -> None:
    """ORD-2: U counts physical units that are not cancelled."""
    order = make_order(session, lines=[(3, "10.00")])
    [item] = items_of(session, order)
    make_shipment(session, order=order, units={item.id: 2}, status=S.DELIVERED)
    session.execute(sa.update(OrderItem).where(OrderItem.id == item.id).values(quantity_cancelled=1))
    assert follow(session, order) is O.DELIVERED


def test_a_digital_order_is_delivered_when_fulfilled(session: Session) -> None:
    """ORD-2 T: all-digital order: delivered on fulfilment, ORD-3: at that moment."""
    vendor = make_vendor(session)
    product = make_product(
        session, vendor=vendor, status=ProductStatus.ACTIVE, is_digital=True, requires_shipping=False
    )
    order = make_order(session, vendor=vendor, product=product, lines=[(1, "10.00"), (1, "5.00")])
    moment = now()
    first, second = items_of(session, order)
    session.execute(sa.update(OrderItem).where(OrderItem.id == first.id).values(fulfilled_at=moment))
    assert follow(session, order) is O.CONFIRMED
    session.execute(sa.update(OrderItem).where(OrderItem.id == second.id).values(fulfilled_at=moment))
    assert follow(session, order) is O.DELIVERED
    assert order.delivered_at == moment


def test_what_came_back_after_delivery_was_delivered(session: Session) -> None:
    """ORD-2: units `returned` after delivery count as delivered."""
    order = make_order(session)
    make_shipment(session, order=order, status=S.RETURNED, delivered_at=now())
    assert follow(session, order) is O.DELIVERED


def test_what_never_arrived_and_came_back_is_only_shipped(session: Session) -> None:
    """ORD-2: `returned` without a delivery has left the house and no more."""
    order = make_order(session)
    make_shipment(session, order=order, status=S.RETURNED)
    assert follow(session, order) is O.SHIPPED


def test_a_voided_parcel_does_not_count(session: Session) -> None:
    """ORD-2: a cancelled label is no shipment."""
    order = make_order(session)
    make_shipment(session, order=order, voided_at=now())
    assert follow(session, order) is O.CONFIRMED


def test_a_step_the_machine_forbids_is_not_written_but_flagged(session: Session) -> None:
    """ORD-2: shipped -> processing is an audited correction by an admin, so the derivation only raises its hand."""
    order = make_order(session, lines=[(2, "10.00")], status=O.SHIPPED)
    [item] = items_of(session, order)
    make_shipment(session, order=order, units={item.id: 1}, status=S.IN_TRANSIT)
    assert follow(session, order) is O.SHIPPED
    assert order.needs_review


def test_the_system_is_named_in_the_history(session: Session) -> None:
    """STM-1: the derived step is the system's, with one history row; a second look writes nothing."""
    order = make_order(session)
    make_shipment(session, order=order, status=S.DELIVERED)
    assert follow(session, order) is O.DELIVERED
    assert follow(session, order) is O.DELIVERED
    rows = session.scalars(sa.select(StatusHistory).where(StatusHistory.entity_id == order.id)).all()
    assert [(row.from_status, row.to_status, row.actor) for row in rows] == [("confirmed", "delivered", "S")]
    assert not order.needs_review
