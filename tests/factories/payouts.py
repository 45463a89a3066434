"""Payouts ready to be released: delivered lines, past the hold, summed and hashed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import Order, Payout, PayoutHold, PayoutItem, User
from models.base import uuid7
from models.order import OrderStatus
from models.payout import HoldSource, items_hash
from tests.factories.orders import items_of, make_order
from tests.factories.users import make_vendor


def make_payout(
    session: Session, *, vendor: User | None = None, price: str = "100.00", currency: str = "USD", **values: Any
) -> Payout:
    """A pending payout over one digital line that was fulfilled a month ago; nothing holds it."""
    vendor = vendor or make_vendor(session)
    order = make_order(session, vendor=vendor, lines=((1, price),), currency=currency)
    month_ago = now() - dt.timedelta(days=30)
    order.status, order.delivered_at = OrderStatus.DELIVERED, month_ago
    for item in items_of(session, order):
        item.fulfilled_at = month_ago
    session.flush()
    return assemble(session, order, **values)


def assemble(session: Session, order: Order, **values: Any) -> Payout:
    """A pending payout over every line of `order`."""
    items = items_of(session, order)
    pairs = [(item.id, item.vendor_amount) for item in items]
    payout = Payout(
        **{
            "id": uuid7(),
            "vendor_id": order.vendor_id,
            "amount": sum((amount for _, amount in pairs), Decimal(0)),
            "currency": order.currency,
            "items_hash": items_hash(pairs),
            **values,
        }
    )
    session.add(payout)
    session.flush()
    session.add_all(
        PayoutItem(payout_id=payout.id, order_item_id=item, amount=amount, currency=order.currency)
        for item, amount in pairs
    )
    session.flush()
    return payout


def make_hold(session: Session, *, vendor: User, **values: Any) -> PayoutHold:
    """An admin's stop on everything of `vendor`."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "vendor_id": vendor.id,
        "source": HoldSource.ADMIN,
        "reason": "Papers are missing.",
    }
    hold = PayoutHold(**(defaults | values))
    session.add(hold)
    session.flush()
    return hold
