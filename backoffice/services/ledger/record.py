"""Posting what happened to a business row, and tying the row that finance reads to its journal (LED-1, LED-8)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.ledger import postings
from backoffice.services.ledger.journal import Details, Posting, Source, find, post, reverse
from backoffice.services.ledger.lines import Line
from backoffice.services.ledger.postings import RefundShares
from backoffice.services.ledger.sales import sale_of
from backoffice.services.order_money import PARTS, Part
from models import Journal, Payment, Payout, Refund, SubscriptionInvoice, TransferReversal
from models.journal import JournalEvent
from models.transfer_reversal import ReversalReason


def payment_captured(session: Session, part: Part) -> uuid.UUID | None:
    """E1: an order (locked) got its part of a payment that was captured."""
    payment, (table, row_id) = part.payment, part.source
    before = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(PARTS.c.captured_amount), Decimal(0))).where(
            PARTS.c.order_id == part.order_id,
            PARTS.c.id != row_id,
            sa.exists().where(Journal.source_id == PARTS.c.id, Journal.event == JournalEvent.PAYMENT_CAPTURED),
        )
    )
    lines = postings.payment_captured(
        sale_of(session, part.order_id), captured=part.captured, before=before or Decimal(0)
    )
    details = Details(posted_at=payment.processed_at, provider_id=payment.stripe_payment_intent_id)
    source = Source(table=table, id=row_id)
    return _post(session, JournalEvent.PAYMENT_CAPTURED, source, payment.currency, lines, details)


def provider_fee(session: Session, payment: Payment, fee: Decimal) -> uuid.UUID | None:
    """E2: what the provider kept of `payment`."""
    source = Source(table="payments", id=payment.id)
    details = Details(provider_id=payment.stripe_payment_intent_id)
    return _post(session, JournalEvent.PROVIDER_FEE, source, payment.currency, postings.provider_fee(fee), details)


def plan_provider_fee(session: Session, invoice: SubscriptionInvoice, fee: Decimal) -> uuid.UUID | None:
    """E2: what the provider kept of a plan fee that was paid by card."""
    source = Source(table="subscription_invoices", id=invoice.id)
    details = Details(provider_id=invoice.stripe_payment_intent_id)
    return _post(session, JournalEvent.PROVIDER_FEE, source, invoice.currency, postings.provider_fee(fee), details)


def refund_succeeded(session: Session, refund: Refund, shares: RefundShares) -> uuid.UUID | None:
    """E7 or E8: the money of this attempt is with the customer."""
    details = Details(posted_at=refund.processed_at, provider_id=refund.stripe_refund_id)
    return _post(
        session,
        JournalEvent.REFUND_SUCCEEDED,
        _refund(refund),
        refund.currency,
        postings.refund_succeeded(shares),
        details,
    )


def refund_returned(session: Session, refund: Refund) -> uuid.UUID | None:
    """The money of this attempt came back, late: E7 is undone (REF-4)."""
    return _undo(session, JournalEvent.REFUND_SUCCEEDED, JournalEvent.REFUND_RETURNED, _refund(refund))


def payout_assembled(session: Session, payout: Payout) -> uuid.UUID | None:
    """E4: this attempt of a payout holds its money."""
    lines = postings.payout_assembled(payout.vendor_id, payout.amount)
    return _post(session, JournalEvent.PAYOUT_ASSEMBLED, _payout(payout), payout.currency, lines, Details())


def transfer_executed(session: Session, payout: Payout) -> uuid.UUID | None:
    """E5: the transfer of this attempt was made."""
    details = Details(provider_id=payout.stripe_transfer_id)
    lines = postings.transfer_executed(payout.amount)
    return _post(session, JournalEvent.TRANSFER_EXECUTED, _payout(payout), payout.currency, lines, details)


def payout_settled(session: Session, payout: Payout) -> uuid.UUID | None:
    """E5 from the platform's own bank: this attempt was paid by hand, under the bank's reference (PAY-13)."""
    details = Details(reason=f"Paid on {payout.paid_on}, bank reference {payout.bank_reference}")
    lines = postings.payout_settled(payout.amount)
    return _post(session, JournalEvent.PAYOUT_SETTLED, _payout(payout), payout.currency, lines, details)


def settlement_returned(session: Session, payout: Payout) -> uuid.UUID | None:
    """E6, of E5 by hand: the money of this attempt is back at the platform's own bank (PAY-9, PAY-13)."""
    return _undo(session, JournalEvent.PAYOUT_SETTLED, JournalEvent.SETTLEMENT_RETURNED, _payout(payout))


def payout_dissolved(session: Session, payout: Payout) -> uuid.UUID | None:
    """E6, of E4: the money of this attempt is the vendor's available balance again."""
    return _undo(session, JournalEvent.PAYOUT_ASSEMBLED, JournalEvent.PAYOUT_DISSOLVED, _payout(payout))


def transfer_returned(session: Session, reversal: TransferReversal) -> uuid.UUID | None:
    """E6, of E5: this much of a transfer that the bank returned is back at the platform (PAY-9)."""
    debt = reversal.reason is ReversalReason.DEBT
    lines = postings.transfer_returned(reversal.amount, repaid_by=reversal.vendor_id if debt else None)
    return _post(
        session, JournalEvent.TRANSFER_RETURNED, _reversal(reversal), reversal.currency, lines, _of_transfer(reversal)
    )


def transfer_reversed(session: Session, reversal: TransferReversal) -> uuid.UUID | None:
    """E11: what a vendor owed came back from their account at the provider (REC-2); Stripe books it on the transfer."""
    lines = postings.transfer_reversed(reversal.vendor_id, reversal.amount)
    return _post(
        session, JournalEvent.TRANSFER_REVERSED, _reversal(reversal), reversal.currency, lines, _of_transfer(reversal)
    )


def _reversal(reversal: TransferReversal) -> Source:
    return Source(table="transfer_reversals", id=reversal.id)


def _of_transfer(reversal: TransferReversal) -> Details:
    return Details(provider_id=reversal.stripe_transfer_id)


def _refund(refund: Refund) -> Source:
    return Source(table="refunds", id=refund.id, occurrence=refund.attempt)


def _payout(payout: Payout) -> Source:
    return Source(table="payouts", id=payout.id, occurrence=payout.attempt)


def _post(
    session: Session, event: JournalEvent, source: Source, currency: str, lines: Sequence[Line], details: Details
) -> uuid.UUID | None:
    return post(session, Posting(event=event, source=source, currency=currency, lines=lines, details=details))


def _undo(session: Session, event: JournalEvent, back: JournalEvent, source: Source) -> uuid.UUID | None:
    original = find(session, event, source)
    return None if original is None else reverse(session, original, back)
