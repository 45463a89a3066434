"""Unique keys, foreign keys, and the CHECKs that follow from a column's type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from models import Category, Order, OrderItem, Product, ShippingAddress, Subscription, Transaction, User
from models.dispute import DisputeStatus
from tests.factories import (
    make_category,
    make_dispute,
    make_order,
    make_product,
    make_review,
    make_shipment,
    make_user,
    payment_of,
)
from tests.models.refusals import refused


@pytest.mark.parametrize(("column", "key"), [("sku", "uq_products_sku"), ("slug", "uq_products_slug")])
def test_product_keys_are_free_again_after_deletion(session: Session, column: str, key: str) -> None:
    """Data model C6.73: unique among rows that are not deleted."""
    product = make_product(session)
    values: dict[str, Any] = {column: getattr(product, column)}
    with refused(session, key):
        make_product(session, **values)
    product.deleted_at = now()
    session.flush()
    make_product(session, **values)


@pytest.mark.parametrize("column", ["name", "slug"])
def test_category_keys(session: Session, column: str) -> None:
    """Data model C2.20."""
    first, second = make_category(session), make_category(session)
    with refused(session, f"uq_categories_{column}"):
        change = {column: getattr(first, column)}
        session.execute(sa.update(Category).where(Category.id == second.id).values(change))


def test_one_running_dispute_an_order_and_type(session: Session) -> None:
    """DSP-3."""
    order = make_order(session)
    first = make_dispute(session, order=order)
    with refused(session, "uq_disputes_running"):
        make_dispute(session, order=order)
    first.status = DisputeStatus.CLOSED
    session.flush()
    make_dispute(session, order=order)


def test_one_review_a_product_and_customer(session: Session) -> None:
    """RVW-1."""
    review = make_review(session)
    with refused(session, "uq_product_reviews_product_id_user_id"):
        session.execute(
            sa.text("INSERT INTO product_reviews (product_id, user_id, rating) VALUES (:product, :user, 5)"),
            {"product": review.product_id, "user": review.user_id},
        )


def test_tracking_numbers_are_unique_where_there_are_any(session: Session) -> None:
    """SHP-5."""
    parcel = make_shipment(session)
    make_shipment(session, tracking_number=None)
    make_shipment(session, tracking_number=None)
    with refused(session, "uq_shipments_tracking_number"):
        make_shipment(session, tracking_number=parcel.tracking_number)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (Subscription, "uq_subscriptions_running"),
        (ShippingAddress, "uq_shipping_addresses_default"),
        (Transaction, "uq_transactions_event_key"),
    ],
)
def test_a_second_one_is_refused(row_world: sa.Connection, table: Any, key: str) -> None:
    """SUB-1, one default address, one money row an attempt: by a copy of a row with a new id."""
    values = {ShippingAddress: {"is_default": True}, Transaction: {"event_key": "refund:1:1"}}.get(table, {})
    if values:
        row_world.execute(sa.update(table).values(values))
    columns = ", ".join(column.name for column in table.__table__.columns if column.name != "id")
    with refused(row_world, key):
        row_world.execute(
            sa.text(f"INSERT INTO {table.__tablename__} ({columns}) SELECT {columns} FROM {table.__tablename__}")
        )


def test_nothing_that_is_referred_to_is_deleted(session: Session) -> None:
    """Data model C6.77: RESTRICT everywhere."""
    order = make_order(session)
    with refused(session, "fk_order_items_order_id"):
        session.execute(sa.delete(Order).where(Order.id == order.id))
    with refused(session, "fk_orders_customer_id"):
        session.execute(sa.text("DELETE FROM user_profiles WHERE user_id = :id"), {"id": order.customer_id})
        session.execute(sa.delete(User).where(User.id == order.customer_id))


@pytest.mark.parametrize(("amount", "currency"), [("10.005", "USD"), ("0.5", "JPY"), ("5.1245", "KWD")])
def test_amounts_are_not_finer_than_their_currency(session: Session, amount: str, currency: str) -> None:
    """MON-1."""
    with refused(session, "ck_products_price_exact"):
        make_product(session, price=Decimal(amount), currency=currency)


@pytest.mark.parametrize("currency", ["XXX", "usd", "US"])
def test_unknown_currency_is_refused(session: Session, currency: str) -> None:
    """MON-2: never guessed; an unknown code must not slip through as NULL."""
    with refused(session, "ck_products_currency_known"):
        make_product(session, price=Decimal(10), currency=currency)


def test_value_outside_an_enum_is_refused(session: Session) -> None:
    product = make_product(session)
    with refused(session, "ck_products_visibility"):
        session.execute(sa.text("UPDATE products SET visibility = 'secret' WHERE id = :id"), {"id": product.id})
    with refused(session, "ck_users_role"):
        session.execute(
            sa.text(
                "INSERT INTO users (email, first_name, last_name, role) VALUES ('r@example.test', 'R', 'T', 'root')"
            )
        )


def test_commission_and_vendor_share_are_the_line(session: Session) -> None:
    """MON-5: 6.45 at 30 % is 1.94 and 4.51; 1.93 and 4.51 lose a cent."""
    order = make_order(session, lines=((1, "6.45"),), rate="0.3", paid=False)
    line = session.scalars(sa.select(OrderItem).where(OrderItem.order_id == order.id)).one()
    assert (line.commission_amount, line.vendor_amount) == (Decimal("1.94"), Decimal("4.51"))
    with refused(session, "ck_order_items_vendor_is_remainder"):
        session.execute(sa.update(OrderItem).where(OrderItem.id == line.id).values(commission_amount=Decimal("1.93")))


def test_ids_are_version_7_and_in_order(session: Session) -> None:
    """The database makes ids like the application: time-ordered, so that keyset pages follow creation."""
    made = [session.scalar(sa.text("SELECT uuid7() FROM pg_sleep(0.002)")) for _ in range(5)]
    assert made == sorted(made, key=str)
    assert {(value.version, value.variant) for value in made} == {(7, "specified in RFC 4122")}
    assert abs(int(str(made[0]).replace("-", "")[:12], 16) / 1000 - now().timestamp()) < 60


def test_fixture_rows_are_settled(session: Session) -> None:
    """The factories' rows also satisfy what is checked at the end of a transaction."""
    payment_of(session, make_order(session, customer=make_user(session, Role.CUSTOMER)))
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert session.scalar(sa.select(sa.func.count()).select_from(Product)) == 1
