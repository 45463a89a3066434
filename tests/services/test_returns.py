"""Returns: proposed when a parcel comes back, decided, counted; stock follows what was counted."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import ForbiddenError, IllegalTransitionError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import returns, scope, shipments
from backoffice.services.returns import Counted
from backoffice.services.shipment_tracking import Report
from models import Order, Product, Refund, Return, ReturnItem, StatusHistory, StockMovement
from models.product import ProductStatus
from models.returns import ReturnStatus as R
from models.shipment import ShipmentStatus
from models.stock_movement import StockKind as K
from tests.factories import (
    acting_for,
    items_of,
    make_order,
    make_product,
    make_return,
    make_shipment,
    make_user,
    make_vendor,
)
from tests.factories.money import make_paid_refund


@pytest.fixture
def clerk(session: Session) -> Acting:
    """Somebody of logistics."""
    return acting_for(make_user(session, Role.LOGISTICS))


@pytest.fixture
def order(session: Session) -> Order:
    """Three units of a product of which there were a hundred."""
    vendor = make_vendor(session)
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE, stock_quantity=100)
    return make_order(session, vendor=vendor, product=product, lines=[(3, "10.00")])


def approved(session: Session, order: Order) -> Return:
    """A return of all three units that may be received."""
    parcel = make_shipment(session, order=order, status=ShipmentStatus.RETURNED)
    return make_return(session, shipment=parcel, status=R.APPROVED)


def left(session: Session, order: Order) -> int:
    """The stock of the order's product."""
    [item] = items_of(session, order)
    return session.scalars(sa.select(Product.stock_quantity).where(Product.id == item.product_id)).one()


def count(session: Session, order: Order, **units: int) -> dict[uuid.UUID, Counted]:
    """What was counted of the order's line."""
    return {items_of(session, order)[0].id: Counted(**units)}


def test_a_parcel_that_comes_back_makes_a_proposal_once(session: Session, clerk: Acting, order: Order) -> None:
    """SHP-7 T: `returned` creates a return record proposal; it does not refund by itself."""
    parcel = make_shipment(session, order=order, status=ShipmentStatus.IN_TRANSIT)
    shipments.update(session, {parcel.id: None}, Report(status=ShipmentStatus.RETURNED), acting=clerk)
    record = session.scalars(sa.select(Return).where(Return.shipment_id == parcel.id)).one()
    assert (record.order_id, record.status) == (order.id, R.REQUESTED)
    assert session.scalars(sa.select(ReturnItem.quantity).where(ReturnItem.return_id == record.id)).all() == [3]
    assert returns.propose(session, [parcel], acting=clerk) == 0
    assert session.scalars(sa.select(Refund)).all() == []
    assert left(session, order) == 97
    steps = session.scalars(sa.select(StatusHistory).where(StatusHistory.entity_id == record.id)).all()
    assert [(step.from_status, step.to_status, step.actor) for step in steps] == [(None, "requested", "S")]


def test_only_counted_units_that_can_be_sold_are_restocked(session: Session, clerk: Acting, order: Order) -> None:
    """STK-4 T: unopened and opened units restock, damaged ones go to a write-off."""
    record = approved(session, order)
    units = returns.receive(
        session, record, count(session, order, unopened=1, opened=1, damaged=1), restock=True, acting=clerk
    )
    assert (units, left(session, order)) == (2, 99)
    moved = sa.select(StockMovement.kind, StockMovement.quantity).where(StockMovement.source_id == record.id)
    assert dict(session.execute(moved).all()) == {K.RETURN: 3, K.WRITE_OFF: -1}
    assert (record.status, record.received_by, record.restocked) == (R.RECEIVED, clerk.user_id, True)


def test_what_did_not_arrive_is_not_restocked(session: Session, clerk: Acting, order: Order) -> None:
    """STK-4: only counted units."""
    returns.receive(session, approved(session, order), count(session, order, opened=1), restock=True, acting=clerk)
    assert left(session, order) == 98


def test_who_receives_may_decide_against_the_stock(session: Session, clerk: Acting, order: Order) -> None:
    """STK-4: the restock decision; damaged units are written off all the same."""
    record = approved(session, order)
    counted = count(session, order, unopened=2, damaged=1)
    assert returns.receive(session, record, counted, restock=False, acting=clerk) == 0
    assert left(session, order) == 97
    kinds = session.scalars(sa.select(StockMovement.kind).where(StockMovement.source_id == record.id)).all()
    assert sorted(kinds) == [K.RETURN, K.WRITE_OFF]


def test_what_a_refund_restocked_is_not_restocked_again(session: Session, clerk: Acting, order: Order) -> None:
    """STK-2, STK-4: what was taken for a line comes back once."""
    record = approved(session, order)
    [item] = items_of(session, order)
    session.add(
        StockMovement(
            product_id=item.product_id, order_item_id=item.id, kind=K.REFUND, quantity=2, source_type="refunds",
            source_id=uuid.uuid4(),
        )
    )  # fmt: skip
    session.flush()
    returns.receive(session, record, count(session, order, unopened=3), restock=True, acting=clerk)
    assert left(session, order) == 100


@pytest.mark.parametrize("units", [{"unopened": 4}, {"unopened": -1, "opened": 2}, {}])
def test_impossible_counts_are_refused(session: Session, clerk: Acting, order: Order, units: dict[str, int]) -> None:
    """STK-4: no more than should come back, not less than nothing, and not nothing at all."""
    record = approved(session, order)
    with pytest.raises(InvalidInputError):
        returns.receive(session, record, count(session, order, **units), restock=True, acting=clerk)
    with pytest.raises(InvalidInputError, match="not part"):
        returns.receive(session, record, {uuid.uuid4(): Counted(opened=1)}, restock=True, acting=clerk)
    assert (record.status, left(session, order)) == (R.APPROVED, 97)


def test_a_return_is_received_once(session: Session, clerk: Acting, order: Order) -> None:
    """STM-1: the same person twice, and a return that nobody agreed to."""
    record = approved(session, order)
    returns.receive(session, record, count(session, order, opened=1), restock=True, acting=clerk)
    with pytest.raises(IllegalTransitionError):
        returns.receive(session, record, count(session, order, opened=1), restock=True, acting=clerk)
    assert left(session, order) == 98
    fresh = make_return(session, shipment=make_shipment(session, status=ShipmentStatus.RETURNED))
    [line] = [item.order_item_id for item, _ in returns.expected(session, fresh)]
    with pytest.raises(IllegalTransitionError):
        returns.receive(session, fresh, {line: Counted(opened=1)}, restock=True, acting=clerk)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VENDOR, Role.FINANCE])
def test_only_logistics_receives(session: Session, order: Order, role: Role) -> None:
    """C1.11, B12: approved -> received (L)."""
    record, person = approved(session, order), acting_for(make_user(session, role))
    with pytest.raises(ForbiddenError, match="Only logistics"):
        returns.receive(session, record, count(session, order, opened=1), restock=True, acting=person)


@pytest.mark.parametrize("role", [Role.LOGISTICS, Role.FINANCE])
def test_others_do_not_decide(session: Session, role: Role) -> None:
    """B12: requested -> approved, rejected (A, V)."""
    record, person = make_return(session), acting_for(make_user(session, role))
    for attempt in (
        lambda: returns.approve(session, record, acting=person),
        lambda: returns.reject(session, record, note="No.", acting=person),
        lambda: returns.cancel(session, record, acting=person),
    ):
        with pytest.raises(ForbiddenError):
            attempt()


def test_a_vendor_sees_own_returns_only(session: Session, order: Order) -> None:
    """ACC-1: records and what is in them."""
    own, foreign = approved(session, order), make_return(session)
    vendor = Acting(user_id=order.vendor_id, role=Role.VENDOR, name="vendor")
    assert session.scalars(scope.visible(Return, vendor)).all() == [own]
    assert {item.return_id for item in session.scalars(scope.visible(ReturnItem, vendor))} == {own.id}
    assert foreign.order_id != order.id


def test_a_received_return_is_closed_by_its_refund(session: Session, clerk: Acting, order: Order) -> None:
    """B12: received -> refunded (S), whichever comes first."""
    record = approved(session, order)
    returns.receive(session, record, count(session, order, unopened=3), restock=True, acting=clerk)
    make_paid_refund(session, order, "30.00")
    session.refresh(record)
    assert record.status is R.REFUNDED


def test_a_return_of_what_is_refunded_already_is_closed_at_once(session: Session, clerk: Acting, order: Order) -> None:
    """B12: received -> refunded (S)."""
    record = approved(session, order)
    make_paid_refund(session, order, "30.00")
    returns.receive(session, record, count(session, order, unopened=3), restock=True, acting=clerk)
    assert record.status is R.REFUNDED


def test_an_admin_rejects_after_inspection(session: Session, clerk: Acting, order: Order) -> None:
    """B12: received -> rejected (A), not by the vendor."""
    record = approved(session, order)
    returns.receive(session, record, count(session, order, damaged=3), restock=True, acting=clerk)
    vendor = Acting(user_id=order.vendor_id, role=Role.VENDOR, name="vendor")
    with pytest.raises(IllegalTransitionError):
        returns.reject(session, record, note="Broken.", acting=vendor)
    returns.reject(session, record, note="Broken by the customer.", acting=acting_for(make_user(session)))
    assert (record.status, record.rejection_note) == (R.REJECTED, "Broken by the customer.")
