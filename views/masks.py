"""What is shown of personal data to whom (ACC-3), as SQL, so that lists, pages and exports cannot differ."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from backoffice.services import shipment_exceptions
from models import Order, Shipment, User
from models.order import OrderStatus
from views.columns import Column, Kind, computed

#: How long after delivery a vendor still sees the customer.
CUSTOMER_VISIBLE_FOR = dt.timedelta(days=60)
_BEFORE_DELIVERY = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.SHIPPED)
_AFTER_DELIVERY = (OrderStatus.DELIVERED, OrderStatus.REFUNDED)


def customer_is_visible() -> sa.ColumnElement[bool]:
    """Whether a vendor may see the customer of an order: from `confirmed` until 60 days after delivery (ACC-3)."""
    return sa.or_(
        Order.status.in_(_BEFORE_DELIVERY),
        sa.and_(Order.status.in_(_AFTER_DELIVERY), Order.delivered_at > sa.func.now() - CUSTOMER_VISIBLE_FOR),
    )


def customer_name() -> Any:
    """First and last name of an order's customer."""
    return (
        sa.select(User.first_name + " " + User.last_name)
        .where(User.id == Order.customer_id)
        .correlate(Order)
        .scalar_subquery()
    )


def vendor_customer_columns() -> tuple[Column, Column]:
    """Customer and delivery address of an order as its vendor sees them."""
    visible = customer_is_visible()
    return (
        computed("customer", "Customer", sa.case((visible, customer_name())), personal=True),
        computed(
            "ship_to", "Ship to", sa.case((visible, address(Order.shipping_address))), kind=Kind.ADDRESS, personal=True
        ),
    )


def address(snapshot: Any) -> Any:
    """An address snapshot in one line."""
    keys = ("name", "company", "address_line1", "address_line2", "postal_code", "city", "state", "country", "phone")
    return sa.func.concat_ws(", ", *(sa.func.nullif(snapshot[key].astext, "") for key in keys))


def shipment_address(*, masked: bool) -> Column:
    """Where a shipment goes; for vendors only as long as they may see the customer (ACC-3)."""
    value = address(Order.shipping_address)
    shown = sa.case((customer_is_visible(), value)) if masked else value
    found = sa.select(shown).where(Order.id == Shipment.order_id).correlate(Shipment).scalar_subquery()
    return computed("ship_to", "Ship to", sa.type_coerce(found, sa.Text), kind=Kind.ADDRESS, personal=True)


def disputed_delivery() -> Column:
    """All that logistics learn of a dispute: that what was delivered is disputed (ACC-3)."""
    kind = shipment_exceptions.KINDS["disputed"]
    return computed(kind.key, kind.label, kind.clause, kind=Kind.BOOL)


def masked_tail(key: str, label: str, value: Any, keep: int = 4) -> Column:
    """The last characters of a number, the rest as dots; a number that is too short is all dots."""
    hidden = sa.case(
        (sa.func.length(value) > 2 * keep, "••••" + sa.func.right(value, keep)), (value.is_not(None), "••••")
    )
    return computed(key, label, hidden, kind=Kind.TEXT)
