"""What Stripe cannot carry of a vendor's balance goes into a later payout, as a pair of entries (MON-3)."""

from __future__ import annotations

import uuid
from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice.services.ledger import postings
from backoffice.services.ledger.journal import Posting, Source, post, reverse
from models.journal import JournalEvent


def over(session: Session, pile: tuple[uuid.UUID, str], rest: Decimal, *, payout: uuid.UUID, attempt: int) -> uuid.UUID:
    """Carry `rest` of the pile (vendor, currency) over from an attempt of a payout; the journal whose entry it takes.

    That entry is -`rest` and makes the payout what Stripe can carry. Its reversal leaves +`rest` open at once, for the
    next payout, so the balance is as it was; a payout that is cancelled opens the first one again, and the two cancel.
    """
    vendor_id, currency = pile
    posting = Posting(
        event=JournalEvent.CARRIED_OVER,
        source=Source(table="payouts", id=payout, occurrence=attempt),
        currency=currency,
        lines=postings.carried_over(vendor_id, rest),
    )
    out = post(session, posting)
    assert out is not None  # noqa: S101 - `rest` moves
    reverse(session, out, JournalEvent.CARRIED_IN)
    return out
