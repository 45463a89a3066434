"""Making earnings available: each line's, once nothing holds it any more (E3, PAY-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services.ledger import postings
from backoffice.services.ledger.journal import Posting, Source, post_many
from backoffice.services.ledger.sales import earning
from backoffice.services.payouts.lines import facts, free, next_moment
from models import Journal, Order, OrderItem, PendingEarning, Refund, RefundItem
from models.journal import JournalEvent
from models.refund import RefundStatus

#: Lines that one transaction looks at most.
BATCH: Final = 10_000

#: A line of which nothing is available yet.
PENDING: Final = ~sa.exists().where(Journal.source_id == OrderItem.id, Journal.event == JournalEvent.EARNING_AVAILABLE)


def release(session: Session, *, vendors: Sequence[uuid.UUID] | None = None, limit: int = BATCH) -> int:
    """Post E3 for lines that are free: of all whose time to be looked at has come, or of all lines of these vendors.

    How many; repeat it until it returns none. A line that is not free is looked at again when something happens to it,
    or when time alone may free it. A line's earning is what it earns less what refunds took of it while it was pending
    (REC-4). The orders are locked, so that no refund falls between the two; what somebody else holds locked stays due.
    """
    looked = set(session.scalars(_to_look_at(vendors, limit)))
    # From here on time may free a line that has been looked at.
    since = session.scalars(sa.select(NOW)).one()
    found = session.execute(_free(looked).with_only_columns(OrderItem.id, Order.id)).all() if looked else []
    held = looked - {line for line, _ in found}
    if held:
        _put_off(session, held, since)
    return _post(session, found) if found else 0


def look_again(session: Session) -> int:
    """Have every pending line looked at, and know of every one again; how many were not known. The net below the rest.

    Rows that somebody else writes just now are passed over: that sets their time as well.
    """
    lines = sa.select(OrderItem.id, NOW).where(
        PENDING, ~sa.exists().where(PendingEarning.order_item_id == OrderItem.id)
    )
    unknown = session.execute(
        insert(PendingEarning)
        .from_select(["order_item_id", "look_at"], lines)
        .on_conflict_do_nothing()
        .returning(PendingEarning.order_item_id)
    ).all()
    others = sa.select(PendingEarning.order_item_id).with_for_update(skip_locked=True)
    session.execute(
        sa.update(PendingEarning)
        .where(PendingEarning.order_item_id.in_(others))
        .values(look_at=NOW)
        .execution_options(synchronize_session=False)
    )
    return len(unknown)


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


def _to_look_at(vendors: Sequence[uuid.UUID] | None, limit: int) -> sa.Select[uuid.UUID]:
    """Pending lines, locked: whoever frees one meanwhile waits, and has it looked at anew."""
    query = sa.select(PendingEarning.order_item_id).order_by(PendingEarning.look_at).limit(limit)
    if vendors is None:
        # The clock is read once, or no index could help.
        query = query.where(PendingEarning.look_at <= sa.select(NOW).scalar_subquery())
    else:
        query = query.join(OrderItem, OrderItem.id == PendingEarning.order_item_id).where(
            OrderItem.vendor_id.in_(vendors)
        )
    return query.with_for_update(of=PendingEarning, skip_locked=True)


def _post(session: Session, found: Sequence[sa.Row[uuid.UUID, uuid.UUID]]) -> int:
    """Post E3 of these lines, each with its order, as far as the orders can be locked and the lines are free then."""
    locked = set(
        session.scalars(
            sa.select(Order.id)
            .where(Order.id.in_({order for _, order in found}))
            .order_by(Order.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    rows = session.execute(_free({line for line, order in found if order in locked})).all()
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


def _free(lines: Collection[uuid.UUID]) -> sa.Select[tuple[uuid.UUID, uuid.UUID, str, Decimal]]:
    """Those of these lines that are free and not available yet, with something to make available."""
    amount = pending_earning()
    return facts(OrderItem.id, OrderItem.vendor_id, OrderItem.currency, amount.label("earning")).where(
        OrderItem.id.in_(lines), PENDING, free(), amount != 0
    )


def _put_off(session: Session, lines: Collection[uuid.UUID], since: dt.datetime) -> None:
    """Look at these lines again when time may free them, from `since` on; else when triggers see something happen."""
    then = facts(OrderItem.id, next_moment(since).label("moment")).where(OrderItem.id.in_(lines)).subquery()
    session.execute(
        sa.update(PendingEarning)
        .where(PendingEarning.order_item_id == then.c.id)
        .values(look_at=then.c.moment)
        .execution_options(synchronize_session=False)
    )
