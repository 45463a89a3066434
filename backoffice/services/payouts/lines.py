"""The facts about order lines that decide whether their earning may be paid out, as SQL (PAY-1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from backoffice.clock import NOW
from backoffice.services import settings
from backoffice.services.order_money import CAPTURED, PARTS
from models import (
    Chargeback,
    Dispute,
    Order,
    OrderItem,
    PayoutHold,
    Refund,
    RefundItem,
    Return,
    Shipment,
    ShipmentItem,
    VendorProfile,
)
from models.chargeback import HARMLESS
from models.dispute import DisputeStatus
from models.order import OrderStatus
from models.refund import RefundStatus
from models.returns import RUNNING
from models.shipment import ShipmentStatus

#: Nothing more is delivered of such an order; what is left of its earnings, either way, is settled.
_OVER = (OrderStatus.CANCELLED, OrderStatus.REFUNDED)
#: Each fact and whether it must be true or false for a line to be free.
FREE = {
    "paid": True,
    "delivered": True,
    "hold_over": True,
    "disputed": False,
    "returning": False,
    "charged_back": False,
    "refunding": False,
    "held": False,
}


def facts(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """SELECT of `columns` and the facts named in `FREE` for order lines, joined with their orders."""
    return (
        sa.select(*columns, *(fact.label(name) for name, fact in _facts().items()))
        .select_from(OrderItem)
        .join(Order, Order.id == OrderItem.order_id)
        .outerjoin(VendorProfile, VendorProfile.vendor_id == Order.vendor_id)
        .outerjoin(_SHIPPED, sa.true())
    )


def free() -> sa.ColumnElement[bool]:
    """Whether nothing holds the line; a condition for `facts`, before anything about its vendor."""
    found = _facts()
    return sa.and_(*(found[name] if wanted else ~found[name] for name, wanted in FREE.items()))


def next_moment(since: dt.datetime) -> sa.ColumnElement[dt.datetime | None]:
    """The first moment after `since` at which time alone changes a fact; null when there is none. Over `facts`."""
    available = sa.func.coalesce(PARTS.c.available_on, PARTS.c.processed_at)
    coming = sa.select(sa.func.min(available)).where(PARTS.c.order_id == Order.id, available > since).scalar_subquery()
    end = _hold_end()
    # LEAST passes over what is null.
    return sa.func.least(sa.case((end > since, end)), coming)


def refund_of_line(*such: sa.ColumnElement[bool]) -> sa.Exists:
    """Whether there is such a refund of the line, or one of its order that names no lines."""
    lines = sa.exists().where(RefundItem.refund_id == Refund.id)
    # Two levels down, SQLAlchemy has to be told that the line is the one outside.
    this_line = lines.where(RefundItem.order_item_id == OrderItem.id).correlate(Refund, OrderItem)
    return sa.exists().where(Refund.order_id == Order.id, *such, sa.or_(~lines, this_line))


_SHIPPED = (
    sa.select(
        sa.func.coalesce(sa.func.sum(ShipmentItem.quantity), 0).label("units"),
        sa.func.max(Shipment.delivered_at).label("last"),
    )
    .join(Shipment, Shipment.id == ShipmentItem.shipment_id)
    .where(ShipmentItem.order_item_id == OrderItem.id, Shipment.status == ShipmentStatus.DELIVERED)
    .lateral("shipped")
)


def _hold_end() -> sa.ColumnElement[dt.datetime]:
    """When the hold after what was delivered so far is over; null while nothing was."""
    days = sa.func.coalesce(VendorProfile.hold_days, settings.number("payouts.hold_days"))
    fulfilled = sa.func.coalesce(OrderItem.fulfilled_at, _SHIPPED.c.last)
    return fulfilled + sa.func.make_interval(0, 0, 0, days)


def _facts() -> dict[str, sa.ColumnElement[bool]]:
    over = Order.status.in_(_OVER)
    # All of the order's money, however many payments of it or of its group it came in; no more is passed on.
    came = sa.select(sa.func.sum(PARTS.c.captured_amount)).where(
        PARTS.c.order_id == Order.id,
        PARTS.c.status.in_(CAPTURED),
        sa.func.coalesce(PARTS.c.available_on, PARTS.c.processed_at) <= NOW,
    )
    return {
        "paid": sa.func.coalesce(came.scalar_subquery() >= Order.total_amount, sa.false()),
        "delivered": sa.or_(
            over,
            OrderItem.fulfilled_at.is_not(None),
            _SHIPPED.c.units >= OrderItem.quantity - OrderItem.quantity_cancelled,
        ),
        "hold_over": sa.or_(over, sa.func.coalesce(_hold_end() <= NOW, sa.false())),
        "disputed": sa.exists().where(
            Dispute.order_id == Order.id, Dispute.status.in_([DisputeStatus.OPEN, DisputeStatus.IN_REVIEW])
        ),
        "returning": sa.exists().where(Return.order_id == Order.id, Return.status.in_(sorted(RUNNING))),
        "charged_back": sa.exists().where(Chargeback.order_id == Order.id, Chargeback.status.not_in(sorted(HARMLESS))),
        "refunding": refund_of_line(
            Refund.status.in_([RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.PROCESSING])
        ),
        "held": sa.exists().where(
            PayoutHold.released_at.is_(None),
            sa.or_(PayoutHold.order_id == Order.id, PayoutHold.order_item_id == OrderItem.id),
        ),
    }
