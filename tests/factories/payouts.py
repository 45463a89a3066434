"""Payouts ready to be released: delivered lines, past the hold, summed and hashed."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.services.ledger import postings, record
from backoffice.services.ledger.journal import Posting, Source, post_many
from models import Order, Payout, PayoutHold, PayoutItem, TransferReversal, User
from models.base import uuid7
from models.journal import JournalEvent
from models.order import OrderStatus
from models.payout import HoldSource, items_hash
from models.transfer_reversal import ReversalReason
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
    """A pending payout over every line of `order`, whether anything holds it or not, with its journals."""
    lines = earn(session, order)
    return take(session, order.vendor_id, order.currency, PayoutItem.order_item_id.in_(lines), **values)


def earn(session: Session, order: Order) -> list[uuid.UUID]:
    """Make the earning of every line of `order` available, whether anything holds it or not; the lines."""
    earnings = {item.id: item.vendor_amount for item in items_of(session, order)}
    post_many(
        session,
        [
            Posting(
                event=JournalEvent.EARNING_AVAILABLE,
                source=Source(table="order_items", id=line),
                currency=order.currency,
                lines=postings.earning_available(order.vendor_id, amount),
            )
            for line, amount in earnings.items()
        ],
    )
    return list(earnings)


def take(session: Session, vendor_id: uuid.UUID, currency: str, *which: Any, **values: Any) -> Payout:
    """A pending payout over the vendor's open entries in `currency` (`which` of them)."""
    mine = (PayoutItem.payout_id.is_(None), PayoutItem.vendor_id == vendor_id, PayoutItem.currency == currency, *which)
    entries = session.execute(sa.select(PayoutItem.journal_id, PayoutItem.amount).where(*mine)).all()
    payout = Payout(
        **{
            "id": uuid7(),
            "vendor_id": vendor_id,
            "amount": sum((entry.amount for entry in entries), Decimal(0)),
            "currency": currency,
            "items_hash": items_hash([tuple(entry) for entry in entries]),
            **values,
        }
    )
    session.add(payout)
    session.flush()
    session.execute(sa.update(PayoutItem).where(*mine).values(payout_id=payout.id))
    record.payout_assembled(session, payout)
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


def make_reversal(session: Session, payout: Payout, **values: Any) -> TransferReversal:
    """All of a payout's transfer on its way back, against a debt."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "payout_id": payout.id,
        "vendor_id": payout.vendor_id,
        "stripe_transfer_id": f"tr_{payout.id.hex}",
        "reason": ReversalReason.DEBT,
        "amount": payout.amount,
        "currency": payout.currency,
        "idempotency_key": f"reversal:{payout.id}:1",
        "request_hash": "0" * 64,
        "request_params": {},
        "first_sent_at": now(),
    }
    reversal = TransferReversal(**(defaults | values))
    session.add(reversal)
    session.flush()
    return reversal
