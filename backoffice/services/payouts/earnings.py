"""Making earnings available: each line's, once nothing holds it any more (E3, PAY-1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.ledger import postings
from backoffice.services.ledger.journal import Posting, Source, post_many
from backoffice.services.ledger.sales import earning
from backoffice.services.payouts.lines import facts, free
from models import Journal, Order, OrderItem, Refund, RefundItem
from models.journal import JournalEvent
from models.refund import RefundStatus

#: Lines that one transaction makes available at most.
BATCH: Final = 10_000

#: A line of which nothing is available yet.
PENDING: Final = ~sa.exists().where(Journal.source_id == OrderItem.id, Journal.event == JournalEvent.EARNING_AVAILABLE)


def release(session: Session, *, vendors: Sequence[uuid.UUID] | None = None, limit: int = BATCH) -> int:
    """Post E3 for lines that are free, of these vendors or of all; how many. Repeat it until it returns none.

    A line's earning is what it earns less what refunds took of it while it was pending (REC-4). The orders are locked,
    so that no refund falls between the two; what somebody else holds locked comes with the next call.
    """
    due = _due(vendors).with_only_columns(OrderItem.id, Order.id).limit(limit)
    found = session.execute(due).all()
    locked = set(
        session.scalars(
            sa.select(Order.id)
            .where(Order.id.in_({order for _, order in found}))
            .order_by(Order.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    lines = [line for line, order in found if order in locked]
    rows = session.execute(_due(None).where(OrderItem.id.in_(lines))).all()
    posted = post_many(
        session,
        [
            Posting(
                event=JournalEvent.EARNING_AVAILABLE,
                source=Source(table="order_items", id=row.id),
                currency=row.currency,
                lines=postings.earning_available(row.vendor_id, row.earning),
            )
            for row in rows
        ],
    )
    return len(posted)


def give_back(session: Session, refund: Refund) -> None:
    """What a refund had taken while a line was pending is available too, if the line became so since (REF-4, REC-4)."""
    taken = sa.select(Journal.created_at).where(
        Journal.source_id == refund.id,
        Journal.event == JournalEvent.REFUND_SUCCEEDED,
        Journal.occurrence == refund.attempt,
    )
    since = (
        sa.select(RefundItem.order_item_id, RefundItem.vendor_amount, sa.func.count().label("times"))
        .join(Journal, Journal.source_id == RefundItem.order_item_id)
        .where(RefundItem.refund_id == refund.id, Journal.event == JournalEvent.EARNING_AVAILABLE)
        .group_by(RefundItem.id)
        .having(sa.func.min(Journal.created_at) > taken.scalar_subquery())
    )
    vendor_id = session.scalars(sa.select(Order.vendor_id).where(Order.id == refund.order_id)).one()
    post_many(
        session,
        [
            Posting(
                event=JournalEvent.EARNING_AVAILABLE,
                source=Source(table="order_items", id=row.order_item_id, occurrence=row.times + 1),
                currency=refund.currency,
                lines=postings.earning_available(vendor_id, row.vendor_amount),
            )
            for row in session.execute(since)
        ],
    )


def pending_earning() -> sa.ColumnElement[Decimal]:
    """What of a line's earning is still pending, over `OrderItem` and `Order`, while nothing of it is available."""
    taken = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundItem.vendor_amount), Decimal(0)))
        .join(Refund, Refund.id == RefundItem.refund_id)
        .where(RefundItem.order_item_id == OrderItem.id, Refund.status == RefundStatus.SUCCEEDED)
        .correlate(OrderItem)
        .scalar_subquery()
    )
    return earning() - taken


def _due(vendors: Sequence[uuid.UUID] | None) -> sa.Select[tuple[uuid.UUID, uuid.UUID, str, Decimal]]:
    """Lines that are free and not available yet, with something to make available."""
    amount = pending_earning()
    query = facts(OrderItem.id, OrderItem.vendor_id, OrderItem.currency, amount.label("earning")).where(
        PENDING, free(), amount != 0
    )
    return query if vendors is None else query.where(OrderItem.vendor_id.in_(vendors))
