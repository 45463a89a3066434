"""Stock is what its movements say, and what was taken comes back once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.actions.refund_forms import RefundRequestForm
from backoffice.services import orders, stock
from backoffice.services.refunds import late
from backoffice.services.refunds.draft import Line
from models import Order, OrderItem, Product, Refund, StockMovement
from models.order import OrderStatus
from models.product import ProductStatus
from models.refund import RefundKind
from models.shipment import ShipmentStatus
from models.stock_movement import StockKind as K
from tests.factories import acting_for, items_of, make_order, make_product, make_shipment, make_user, make_vendor
from tests.factories.money import ask, pay_refund
from tests.models.refusals import refused


def sold(session: Session, count: int = 1, *, stock_quantity: int = 100, **values: object) -> tuple[Product, Order]:
    """A product of which an order took `count`."""
    vendor = make_vendor(session)
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE, stock_quantity=stock_quantity, **values)
    return product, make_order(session, vendor=vendor, product=product, lines=[(count, "10.00")])


def left(session: Session, product: Product) -> int:
    """The product's quantity, which its movements add up to (STK-1)."""
    session.refresh(product)
    moved = sa.func.coalesce(sa.func.sum(StockMovement.quantity), 0)
    assert session.scalar(sa.select(moved).where(StockMovement.product_id == product.id)) == product.stock_quantity
    return product.stock_quantity


def kinds(session: Session, product: Product) -> list[tuple[K, int]]:
    """Its movements, oldest first."""
    rows = session.execute(
        sa.select(StockMovement.kind, StockMovement.quantity)
        .where(StockMovement.product_id == product.id)
        .order_by(StockMovement.created_at, StockMovement.id)
    )
    return [(kind, quantity) for kind, quantity in rows]


def refund_with(session: Session, order: Order, *, restock: bool, units: int = 1) -> Refund:
    """A refund of `units` of the first line, paid."""
    item = items_of(session, order)[0]
    line = Line(order_item_id=item.id, quantity=units, amount=item.unit_price * units)
    refund = ask(session, order, lines=[line], kind=RefundKind.LINES, restock=restock)
    pay_refund(session, refund)
    return refund


def test_whoever_writes_the_quantity_writes_a_movement(session: Session) -> None:
    """STK-1: by a form, a file or by hand; nobody can forget it, because the database does it."""
    product = make_product(session, stock_quantity=7)
    product.stock_quantity = 9
    session.flush()
    session.execute(sa.update(Product).where(Product.id == product.id).values(stock_quantity=4))
    product.name = "Another name"
    assert left(session, product) == 4
    assert sorted(kinds(session, product)) == [(K.ADJUSTMENT, -5), (K.ADJUSTMENT, 2), (K.OPENING, 7)]


def test_who_changed_it_is_written_down(session: Session) -> None:
    """STK-1: the person that PostgreSQL was told of."""
    product, person = make_product(session), make_user(session)
    session.execute(sa.select(sa.func.set_config("backoffice.actor_id", str(person.id), True)))
    product.stock_quantity += 1
    session.flush()
    query = sa.select(StockMovement.recorded_by).where(StockMovement.kind == K.ADJUSTMENT)
    assert session.scalars(query).all() == [person.id]


def test_the_same_source_moves_a_line_once(session: Session) -> None:
    """STK-1: unique by source, line and kind."""
    product, order = sold(session)
    [item] = items_of(session, order)
    again = {"source_type": "orders", "source_id": order.id, "order_item_id": item.id, "kind": K.SALE}
    with refused(session, "uq_stock_movements_source_type_source_id_order_item_id_kind"):
        session.add(StockMovement(product_id=product.id, quantity=-1, **again))
    assert left(session, product) == 99


def test_an_order_takes_and_its_cancellation_gives_back(session: Session) -> None:
    """STK-2: cancel before pick-up restocks what was ordered."""
    product, order = sold(session, 3)
    assert left(session, product) == 97
    orders.cancel(session, order.id, reason="Changed their mind.", acting=acting_for(make_user(session)))
    assert left(session, product) == 100
    assert kinds(session, product)[-1] == (K.CANCELLATION, 3)


def test_what_was_restocked_by_a_refund_is_not_restocked_by_the_cancellation(session: Session) -> None:
    """STK-2 T: stock 100, order 1 (99), refund with restock (100), cancel: 100, not 101."""
    vendor = make_vendor(session)
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE, stock_quantity=100)
    order = make_order(session, vendor=vendor, product=product, lines=[(1, "10.00")], shipping="5.00")
    assert left(session, product) == 99
    refund_with(session, order, restock=True)
    assert left(session, product) == 100
    orders.cancel(session, order.id, reason="Not wanted.", acting=acting_for(make_user(session)))
    assert left(session, product) == 100


def test_a_cancellation_then_a_refund_restocks_once(session: Session) -> None:
    """STK-2: the other way round, too: the refund was asked for before and is paid after."""
    product, order = sold(session, 2)
    item = items_of(session, order)[0]
    line = Line(order_item_id=item.id, quantity=1, amount=item.unit_price)
    refund = ask(session, order, lines=[line], kind=RefundKind.LINES, restock=True)
    orders.cancel(session, order.id, reason="Not wanted.", acting=acting_for(make_user(session)))
    pay_refund(session, refund)
    assert left(session, product) == 100


def test_a_refund_without_the_tick_never_restocks(session: Session) -> None:
    """STK-3 T: unticked means no restock, even after later changes of status."""
    product, order = sold(session, 2)
    refund_with(session, order, restock=False, units=2)
    session.refresh(order)
    assert (order.status, left(session, product)) == (OrderStatus.REFUNDED, 98)


def test_a_refund_with_the_tick_restocks_when_it_is_paid(session: Session) -> None:
    """STK-3: not when it is asked for, and once even if it fails late and is paid again."""
    product, order = sold(session, 2)
    item = items_of(session, order)[0]
    line = Line(order_item_id=item.id, quantity=1, amount=item.unit_price)
    refund = ask(session, order, lines=[line], kind=RefundKind.LINES, restock=True)
    assert left(session, product) == 98
    pay_refund(session, refund)
    assert left(session, product) == 99
    late.fail(session, refund, code="lost_or_stolen_card", raw="Came back.", acting=acting_for(make_user(session)))
    assert stock.restock_refunded(session, refund, acting=acting_for(make_user(session))) == 0
    assert left(session, product) == 99


def test_goodwill_never_restocks(session: Session) -> None:
    """STK-3: whatever was ticked."""
    product, order = sold(session, 2)
    refund = ask(session, order, "5.00", kind=RefundKind.GOODWILL, restock=True)
    pay_refund(session, refund)
    assert (refund.kind, refund.restock, left(session, product)) == (RefundKind.GOODWILL, False, 98)


def test_the_form_asks_with_the_default_of_the_moment(session: Session) -> None:
    """STK-3: ticked before pick-up, not after."""
    _, order = sold(session)
    assert RefundRequestForm.for_target(session, order)["restock"]
    make_shipment(session, order=order, status=ShipmentStatus.PICKED_UP)
    assert not RefundRequestForm.for_target(session, order)["restock"]


def test_digital_and_untracked_products_do_not_move(session: Session) -> None:
    """STK-5: no movement at all."""
    for values in ({"is_digital": True, "requires_shipping": False}, {"tracks_stock": False}):
        product, order = sold(session, 2, stock_quantity=0, **values)
        orders.cancel(session, order.id, reason="Not wanted.", acting=acting_for(make_user(session)))
        assert kinds(session, product) == []


def test_nothing_is_sold_below_zero_unless_backorder_is_allowed(session: Session) -> None:
    """STK-5: quantity >= 0 unless backorder is allowed."""
    with refused(session, "ck_products_stock_not_negative"):
        sold(session, 3, stock_quantity=2)
    product, _ = sold(session, 3, stock_quantity=2, allows_backorder=True)
    assert left(session, product) == -1


def test_more_than_was_taken_cannot_come_back(session: Session) -> None:
    """STK-2: the database refuses it, whoever writes."""
    product, order = sold(session, 2)
    [item] = items_of(session, order)
    more = {"source_type": "returns", "source_id": order.id, "order_item_id": item.id, "kind": K.RETURN}
    with refused(session, "tr_stock_movements_cap"):
        session.add(StockMovement(product_id=product.id, quantity=3, **more))
    assert left(session, product) == 98


def test_many_lines_at_once_are_one_statement_of_movements(session: Session) -> None:
    """STK-1: an order of several lines of the same product."""
    vendor = make_vendor(session)
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE, stock_quantity=10)
    order = make_order(session, vendor=vendor, product=product, lines=[(1, "10.00"), (2, "10.00"), (3, "10.00")])
    assert left(session, product) == 4
    assert stock.held(session, [item.id for item in items_of(session, order)]).keys() == set(
        session.scalars(sa.select(OrderItem.id).where(OrderItem.order_id == order.id))
    )
