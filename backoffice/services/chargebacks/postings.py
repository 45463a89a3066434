"""What chargebacks post: opened, set aside, decided, decided anew, each decision by itself (E9 to E10b, DSP-9)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from backoffice.services.chargebacks.shares import shares_of
from backoffice.services.ledger import postings
from backoffice.services.ledger.journal import Details, Posting, Source, post, reverse
from backoffice.services.ledger.lines import Line
from models import Chargeback, Journal, Order, Transaction
from models.journal import JournalEvent
from models.transaction import TransactionDirection, TransactionStatus, TransactionType


def opened(session: Session, chargeback: Chargeback, order: Order, fee: Decimal) -> None:
    """E9 and E9b: the bank took the amount, the provider its `fee`, and the vendor's share is set aside."""
    chargeback.fee = fee
    lines = postings.chargeback_opened(chargeback.amount, fee)
    journal = _post(session, chargeback, JournalEvent.CHARGEBACK_OPENED, 1, lines)
    _reserve(session, chargeback, order)
    _record(session, chargeback, order, -chargeback.amount, "opened", journal)
    if fee:
        _record(session, chargeback, order, -fee, "fee", journal)


def fee_changed(session: Session, chargeback: Chargeback, order: Order, fee: Decimal) -> None:
    """The provider's fee is another one than we know: it came later than the chargeback, or some came back."""
    difference = fee - chargeback.fee
    if not difference:
        return
    event = JournalEvent.CHARGEBACK_FEE
    times = session.scalar(sa.select(sa.func.count()).where(*_of(chargeback, Journal, event))) or 0
    journal = _post(session, chargeback, event, times + 1, postings.chargeback_fee(difference))
    _record(session, chargeback, order, -difference, f"fee:{times + 1}", journal)
    chargeback.fee = fee


def won(session: Session, chargeback: Chargeback, order: Order) -> None:
    """E10b, and E9b undone; after a loss that is undone first."""
    _take_back(session, chargeback, JournalEvent.CHARGEBACK_LOST, JournalEvent.CHARGEBACK_REOPENED)
    _take_back(session, chargeback, JournalEvent.CHARGEBACK_RESERVED, JournalEvent.CHARGEBACK_RELEASED)
    chargeback.decisions += 1
    lines = postings.chargeback_won(chargeback.amount)
    journal = _post(session, chargeback, JournalEvent.CHARGEBACK_WON, chargeback.decisions, lines)
    _record(session, chargeback, order, chargeback.amount, f"{chargeback.decisions}:won", journal)


def lost(session: Session, chargeback: Chargeback, order: Order) -> None:
    """E10; after a victory that is undone first, and the vendor's share is set aside anew."""
    journal = _take_back(session, chargeback, JournalEvent.CHARGEBACK_WON, JournalEvent.CHARGEBACK_REOPENED)
    if journal is not None:
        _record(session, chargeback, order, -chargeback.amount, f"{chargeback.decisions}:undone", journal)
        _reserve(session, chargeback, order)
    chargeback.decisions += 1
    lines = postings.chargeback_lost(
        order.vendor_id, chargeback.amount, chargeback.vendor_share, commission=chargeback.commission_share
    )
    _post(session, chargeback, JournalEvent.CHARGEBACK_LOST, chargeback.decisions, lines)


def _reserve(session: Session, chargeback: Chargeback, order: Order) -> None:
    shares = shares_of(session, chargeback, order)
    chargeback.vendor_share, chargeback.commission_share = shares.vendor, shares.commission
    lines = postings.chargeback_reserved(order.vendor_id, shares.vendor, pending=shares.pending)
    _post(session, chargeback, JournalEvent.CHARGEBACK_RESERVED, chargeback.decisions + 1, lines)


def _take_back(session: Session, chargeback: Chargeback, event: JournalEvent, back: JournalEvent) -> uuid.UUID | None:
    """Undo the journal of this event that stands, if there is one."""
    undo = aliased(Journal)
    standing = sa.select(Journal.id).where(
        *_of(chargeback, Journal, event), ~sa.exists().where(undo.reverses_id == Journal.id)
    )
    original = session.scalars(standing).one_or_none()
    if original is None:
        return None
    return reverse(session, original, back, Details(provider_id=chargeback.stripe_dispute_id))


def _of(chargeback: Chargeback, journal: type[Journal], event: JournalEvent) -> list[sa.ColumnElement[bool]]:
    return [
        journal.source_id == chargeback.id,
        journal.event == event,
        journal.source_type == Chargeback.__tablename__,
    ]


def _post(
    session: Session, chargeback: Chargeback, event: JournalEvent, occurrence: int, lines: Sequence[Line]
) -> uuid.UUID | None:
    return post(
        session,
        Posting(
            event=event,
            source=Source(table=Chargeback.__tablename__, id=chargeback.id, occurrence=occurrence),
            currency=chargeback.currency,
            lines=lines,
            details=Details(provider_id=chargeback.stripe_dispute_id),
        ),
    )


def _record(
    session: Session, chargeback: Chargeback, order: Order, amount: Decimal, what: str, journal: uuid.UUID | None
) -> None:
    """One row for finance a money event (LED-8)."""
    fee = what.startswith("fee")
    session.add(
        Transaction(
            user_id=order.customer_id,
            vendor_id=None if fee else order.vendor_id,
            order_id=order.id,
            payment_id=chargeback.payment_id,
            type=TransactionType.FEE if fee else TransactionType.CHARGEBACK,
            direction=TransactionDirection.IN if amount > 0 else TransactionDirection.OUT,
            amount=amount,
            currency=chargeback.currency,
            status=TransactionStatus.COMPLETED,
            description=f"Chargeback{' fee' if fee else ''} on order {order.order_number}",
            event_key=f"chargeback:{chargeback.id}:{what}",
            journal_id=journal,
        )
    )
