"""Putting payouts together: one a vendor and currency, from the open entries of the balance (PAY-2, PAY-3, REC-3)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.services import rows, settings
from backoffice.services.ledger import postings
from backoffice.services.ledger.journal import Posting, Source, post_many
from backoffice.services.payouts import carry
from backoffice.services.payouts.eligibility import OF_SENDING, pile_reasons
from backoffice.services.payouts.lines import facts, free
from models import OrderItem, Payout, PayoutItem, StatusHistory, VendorProfile
from models.base import uuid7
from models.journal import JournalEvent
from models.payout import PayoutStatus, items_hash

MINIMUM = "payouts.minimum"
Pile = tuple[uuid.UUID, str]


def assemble(session: Session, *, vendors: Sequence[uuid.UUID] | None = None, acting: Acting) -> list[Payout]:
    """A pending payout for each (vendor, currency) whose free entries come to the minimum at least, with its E4.

    What is zero or less creates nothing and waits for later earnings (REC-3); currencies are never netted (REC-7).
    What Stripe cannot carry of a sum is carried over to the next payout, by an entry in each (MON-3).
    The entries are locked, so of two sweeps at once one takes them (PAY-3).
    """
    piles: dict[Pile, list[Any]] = defaultdict(list)
    for row in session.execute(_open(vendors)):
        piles[row.vendor_id, row.currency].append(row)
    held = pile_reasons(session, piles, aside=OF_SENDING)
    minimum = settings.get(session, MINIMUM)
    ready = {
        pile: entries
        for pile, entries in piles.items()
        if not held[pile] and _payable(sum((entry.amount for entry in entries), Decimal(0)), pile[1], minimum)
    }
    return _write(session, ready, acting) if ready else []


def due(session: Session) -> Sequence[uuid.UUID]:
    """Vendors with open entries for whom no payout was put together since their period began (PAY-3, J16).

    Periods are days, weeks from Monday, or months, in UTC; with `manual` a person does it.
    """
    default = settings.text("payouts.assemble")
    schedule = sa.func.coalesce(VendorProfile.payout_schedule, default)
    period = sa.case(
        {"daily": "day", "weekly": "week", "monthly": "month"}, value=sa.cast(schedule, sa.Text()), else_=sa.null()
    )
    since = sa.func.date_trunc(period, NOW)
    made = sa.exists().where(Payout.vendor_id == VendorProfile.vendor_id, Payout.created_at >= since)
    entries = sa.exists().where(PayoutItem.vendor_id == VendorProfile.vendor_id, PayoutItem.payout_id.is_(None))
    return session.scalars(sa.select(VendorProfile.vendor_id).where(since.is_not(None), entries, ~made)).all()


def _payable(total: Decimal, currency: str, minimum: Mapping[str, str]) -> bool:
    """Whether what Stripe can carry of it is above zero, and the minimum at least (PAY-2, MON-3)."""
    sent, _ = money.payout_amount(total, currency)
    return sent > 0 and sent >= Decimal(minimum.get(currency, 0))


_ENTRIES: sa.Select[*tuple[Any, ...]] = sa.select(
    PayoutItem.id,
    PayoutItem.vendor_id,
    PayoutItem.currency,
    PayoutItem.amount,
    PayoutItem.journal_id,
    PayoutItem.created_at,
)


def _open(vendors: Sequence[uuid.UUID] | None) -> sa.Select[*tuple[Any, ...]]:
    """Open entries that nothing holds, locked: earnings of free lines, and everything that is no earning."""
    holds = facts(OrderItem.id).where(OrderItem.id == PayoutItem.order_item_id, free()).correlate(PayoutItem)
    query = (
        _ENTRIES.where(PayoutItem.payout_id.is_(None), sa.or_(PayoutItem.order_item_id.is_(None), holds.exists()))
        .order_by(PayoutItem.vendor_id, PayoutItem.id)
        .with_for_update(of=PayoutItem)
    )
    return query if vendors is None else query.where(PayoutItem.vendor_id.in_(vendors))


def _write(session: Session, free: Mapping[Pile, Sequence[Any]], acting: Acting) -> list[Payout]:
    ids = {pile: uuid7() for pile in free}
    piles = {pile: [*entries, *_carried(session, pile, entries, ids[pile])] for pile, entries in free.items()}
    payouts = [_payout(ids[pile], pile, entries) for pile, entries in piles.items()]
    session.add_all(payouts)
    session.add_all(_born(payout, acting) for payout in payouts)
    session.flush()
    taken = rows.table(
        "taken",
        {"item_id": sa.Uuid(), "payout_id": sa.Uuid()},
        (
            {"item_id": entry.id, "payout_id": payout.id}
            for payout, entries in zip(payouts, piles.values(), strict=True)
            for entry in entries
        ),
    )
    session.execute(
        sa.update(PayoutItem)
        .where(PayoutItem.id == taken.c.item_id)
        .values(payout_id=taken.c.payout_id)
        .execution_options(synchronize_session=False)
    )
    post_many(
        session,
        [
            Posting(
                event=JournalEvent.PAYOUT_ASSEMBLED,
                source=Source(table="payouts", id=payout.id),
                currency=payout.currency,
                lines=postings.payout_assembled(payout.vendor_id, payout.amount),
            )
            for payout in payouts
        ],
    )
    return payouts


def _carried(session: Session, pile: Pile, entries: Sequence[Any], payout_id: uuid.UUID) -> Sequence[Any]:
    """The entry that takes out what Stripe cannot carry; none where it carries all (MON-3)."""
    _, rest = money.payout_amount(sum((entry.amount for entry in entries), Decimal(0)), pile[1])
    if not rest:
        return []
    journal_id = carry.over(session, pile, rest, payout=payout_id, attempt=1)
    return session.execute(_ENTRIES.where(PayoutItem.journal_id == journal_id)).all()


def _payout(payout_id: uuid.UUID, pile: Pile, entries: Sequence[Any]) -> Payout:
    vendor_id, currency = pile
    return Payout(
        id=payout_id,
        vendor_id=vendor_id,
        currency=currency,
        amount=sum((entry.amount for entry in entries), Decimal(0)),
        items_hash=items_hash((entry.journal_id, entry.amount) for entry in entries),
        period_start=min(entry.created_at for entry in entries),
        period_end=max(entry.created_at for entry in entries),
    )


def _born(payout: Payout, acting: Acting) -> StatusHistory:
    return StatusHistory(
        entity="payouts",
        entity_id=payout.id,
        to_status=PayoutStatus.PENDING.value,
        actor_id=acting.user_id,
        actor=acting.actor.value,
        request_id=acting.request_id,
    )
