"""Parcels of some units of an order (SHP-1, SHP-5)."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry, submit
from backoffice.actions.inputs import InvalidFormError, clean
from backoffice.actions.selection import One
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Role
from backoffice.services import parcels
from models import Order, OrderItem, ShipmentItem
from models.order import OrderStatus
from models.shipment import ShipmentStatus as S
from tests.factories import (
    acting_for,
    items_of,
    make_order,
    make_product,
    make_shipment,
    make_shipping_method,
    make_user,
    make_vendor,
)

_TWO_LINES = ((3, "10.00"), (2, "20.00"))


@pytest.fixture
def clerk(session: Session) -> Acting:
    return acting_for(make_user(session, Role.LOGISTICS))


@pytest.fixture
def label(session: Session) -> parcels.Label:
    return parcels.Label(method_id=make_shipping_method(session).id)


def _items(session: Session, order: Order) -> list[OrderItem]:
    """The lines, the largest first: their ids are of one moment and in no order."""
    return sorted(items_of(session, order), key=lambda item: -item.quantity)


def _left(session: Session, order: Order) -> list[int]:
    left = {line.item_id: line.units for line in parcels.remaining(session, [order.id]).get(order.id, ())}
    return [left.get(item.id, 0) for item in _items(session, order)]


def test_a_second_parcel_offers_only_what_is_left(session: Session, clerk: Acting, label: parcels.Label) -> None:
    """SHP-1: units by line, ordered less cancelled less packed; the order follows (ORD-2)."""
    order = make_order(session, lines=_TWO_LINES)
    first, second = _items(session, order)
    assert _left(session, order) == [3, 2]
    parcel = parcels.make(session, order.id, {first.id: 2}, label, acting=clerk)
    assert (_left(session, order), order.status, parcel.status) == ([1, 2], OrderStatus.PROCESSING, S.PENDING)
    offered = registry.get("order.pack").form.for_target(session, order)["lines"]  # type: ignore[union-attr]
    assert sorted((line["quantity"], "left" in line["label"]) for line in offered) == [(1, True), (2, True)]
    parcels.make(session, order.id, {first.id: 1, second.id: 2}, label, acting=clerk)
    assert _left(session, order) == [0, 0]
    [verdict] = registry.get("order.pack").plan(session, [order], {}, clerk)
    assert (verdict.ok, verdict.code) == (False, "nothing_left")


def test_method_and_number_are_taken_over(session: Session, clerk: Acting) -> None:
    """SHP-5: the method's carrier and service where nobody says another one."""
    method = make_shipping_method(session, carrier="DHL", service_type="express", estimated_days_max=4)
    order = make_order(session, lines=_TWO_LINES)
    first, second = _items(session, order)
    said = parcels.Label(method_id=method.id, carrier=" ", service="overnight", tracking_number=" T-1 ")
    parcel = parcels.make(session, order.id, {first.id: 1, second.id: 0}, said, acting=clerk)
    assert (parcel.carrier, parcel.service_type, parcel.tracking_number) == ("DHL", "overnight", "T-1")
    assert parcel.estimated_delivery is not None
    assert 3 <= (parcel.estimated_delivery - now()).days <= 4
    inside = session.execute(sa.select(ShipmentItem.order_item_id, ShipmentItem.quantity)).all()
    assert inside == [(first.id, 1)]
    with pytest.raises(InvalidInputError, match="Another parcel has this tracking number"):
        parcels.make(session, order.id, {first.id: 1}, said, acting=clerk)


def test_cancelled_labels_give_their_units_back(session: Session, clerk: Acting, label: parcels.Label) -> None:
    """SHP-1."""
    order = make_order(session, lines=_TWO_LINES)
    make_shipment(session, order=order, voided_at=now())
    assert _left(session, order) == [3, 2]
    _items(session, order)[0].quantity_cancelled = 1
    session.flush()
    assert _left(session, order) == [2, 2]


def test_digital_lines_travel_in_no_parcel(session: Session, clerk: Acting, label: parcels.Label) -> None:
    """ORD-2."""
    order = make_order(session, product=make_product(session, is_digital=True), lines=((1, "5.00"),))
    assert _left(session, order) == [0]
    with pytest.raises(InvalidInputError, match="Too many units"):
        parcels.make(session, order.id, {items_of(session, order)[0].id: 1}, label, acting=clerk)


@pytest.mark.parametrize("count", [4, -1])
def test_refuses_too_many_units(session: Session, clerk: Acting, label: parcels.Label, count: int) -> None:
    """SHP-1."""
    order = make_order(session, lines=_TWO_LINES)
    with pytest.raises(InvalidInputError) as refused:
        parcels.make(session, order.id, {items_of(session, order)[0].id: count}, label, acting=clerk)
    assert (refused.value.code, refused.value.field) == ("too_many_units", "lines")
    assert "Too many units: only " in refused.value.message


def test_refuses_nothing_other_orders_lines_and_methods_out_of_use(
    session: Session, clerk: Acting, label: parcels.Label
) -> None:
    """SHP-1."""
    order, other = make_order(session), make_order(session)
    with pytest.raises(InvalidInputError, match="at least one line"):
        parcels.make(session, order.id, {items_of(session, order)[0].id: 0}, label, acting=clerk)
    with pytest.raises(NotFoundError):
        parcels.make(session, order.id, {items_of(session, other)[0].id: 1}, label, acting=clerk)
    for method_id in (make_shipping_method(session, is_active=False).id, uuid.uuid4()):
        old = parcels.Label(method_id=method_id)
        with pytest.raises(InvalidInputError, match="in use"):
            parcels.make(session, order.id, {items_of(session, order)[0].id: 1}, old, acting=clerk)


def test_refuses_orders_that_are_unpaid_or_over(session: Session, clerk: Acting, label: parcels.Label) -> None:
    """B12: nothing leaves before the payment."""
    for order in (make_order(session, paid=False), make_order(session, status=OrderStatus.CANCELLED)):
        with pytest.raises(DomainError) as refused:
            parcels.make(session, order.id, {items_of(session, order)[0].id: 1}, label, acting=clerk)
        assert refused.value.code == "not_packable"


class TestWho:
    def test_the_orders_vendor_and_admins(self, session: Session, label: parcels.Label) -> None:
        """SHP-1."""
        vendor = make_vendor(session)
        order = make_order(session, vendor=vendor, lines=_TWO_LINES)
        item = items_of(session, order)[0]
        for who in (vendor, make_user(session)):
            parcels.make(session, order.id, {item.id: 1}, label, acting=acting_for(who))

    def test_no_other_vendor(self, session: Session, label: parcels.Label) -> None:
        """ACC-1."""
        order = make_order(session)
        with pytest.raises(NotFoundError):
            parcels.make(
                session, order.id, {items_of(session, order)[0].id: 1}, label, acting=acting_for(make_vendor(session))
            )

    def test_not_finance(self, session: Session, label: parcels.Label) -> None:
        """ACC-3."""
        order = make_order(session)
        with pytest.raises(ForbiddenError):
            parcels.make(
                session,
                order.id,
                {items_of(session, order)[0].id: 1},
                label,
                acting=acting_for(make_user(session, Role.FINANCE)),
            )


def test_a_double_click_is_one_operation(session: Session, clerk: Acting) -> None:
    """M18."""
    order, method = make_order(session), make_shipping_method(session)
    item = items_of(session, order)[0]
    typed = {"method": str(method.id), "lines-0-order_item_id": str(item.id), "lines-0-quantity": "1"}
    action, chosen = registry.get("order.pack"), One(id=order.id)
    first, second = (
        submit.submit(session, action, chosen, typed, client_key="k" * 32, acting=clerk, panel=Role.LOGISTICS)
        for _ in range(2)
    )
    assert first.id == second.id


def test_a_form_without_a_method_is_refused(session: Session) -> None:
    """Nobody sends the first method of the list by accident."""
    action, order = registry.get("order.pack"), make_order(session)
    offered = action.form.for_target(session, order)["method"]  # type: ignore[union-attr]
    form = action.form(data={"method": offered})  # type: ignore[misc]
    assert form.method.data == ""
    assert form.method.choices[0].label == "Choose one"
    for method in ("", "first"):
        with pytest.raises(InvalidFormError):
            clean(action, {"method": method})
