"""Dropping lines from payouts that were not released yet, when a dispute is opened about them (PAY-6)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.services.ledger import record
from backoffice.services.payouts import carry
from backoffice.services.payouts.lines import facts
from backoffice.services.payouts.manage import release_items
from models import OrderItem, Payout, PayoutItem
from models.payout import PayoutStatus, items_hash


def disputed(session: Session) -> int:
    """Drop every disputed line from pending payouts; how many payouts changed.

    A payout that loses a line is another payout: its approval is void, because its version and its hash change
    (PAY-5). One that would come to nothing stays as it is: while the dispute runs it cannot be released (PAY-1).
    """
    line = facts(sa.literal(1)).where(OrderItem.id == PayoutItem.order_item_id).lateral("line")
    found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for payout_id, item_id in session.execute(
        sa.select(Payout.id, PayoutItem.id)
        .join_from(Payout, PayoutItem, PayoutItem.payout_id == Payout.id)
        .join(line, sa.true())
        .where(Payout.status == PayoutStatus.PENDING, PayoutItem.released_at.is_(None), line.c.disputed)
    ):
        found[payout_id].append(item_id)
    changed = 0
    for payout_id, items in sorted(found.items()):
        locked = sa.select(Payout).where(Payout.id == payout_id).with_for_update()
        payout = session.scalars(locked.execution_options(populate_existing=True)).one()
        if payout.status is PayoutStatus.PENDING:
            changed += _drop(session, payout, items)
    return changed


def _drop(session: Session, payout: Payout, items: list[uuid.UUID]) -> bool:
    left = session.execute(
        sa.select(PayoutItem.journal_id, PayoutItem.amount).where(
            PayoutItem.payout_id == payout.id, PayoutItem.released_at.is_(None), PayoutItem.id.not_in(items)
        )
    ).all()
    total = sum((row.amount for row in left), Decimal(0))
    amount, rest = money.payout_amount(total, payout.currency)
    if amount <= 0:
        return False
    record.payout_dissolved(session, payout)
    # A new attempt, because the book has the old amount under the old one; nothing was sent under it (IDE-1).
    payout.amount, payout.items_hash = total, items_hash((row.journal_id, row.amount) for row in left)
    payout.attempt += 1
    session.flush()
    release_items(session, payout, PayoutItem.id.in_(items))
    if rest:
        _carry(session, payout, {row.journal_id: row.amount for row in left}, rest)
    record.payout_assembled(session, payout)
    return True


def _carry(session: Session, payout: Payout, kept: dict[uuid.UUID, Decimal], rest: Decimal) -> None:
    """Take out what Stripe cannot carry of what is left (MON-3); each statement leaves the sum right (PAY-4)."""
    pile = (payout.vendor_id, payout.currency)
    carried = carry.over(session, pile, rest, payout=payout.id, attempt=payout.attempt)
    payout.amount, payout.items_hash = payout.amount - rest, items_hash([*kept.items(), (carried, -rest)])
    session.flush()
    taken = sa.update(PayoutItem).where(PayoutItem.journal_id == carried).values(payout_id=payout.id)
    session.execute(taken, execution_options={"synchronize_session": False})
