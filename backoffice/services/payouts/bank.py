"""The provider's payout to the vendor's bank: it completes a payout, or returns after it had (PAY-8, PAY-9)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.permissions import Role
from backoffice.services import people
from backoffice.services.failures import failure_code, failure_sentence
from backoffice.services.ledger import record
from backoffice.services.notifications import notify
from backoffice.services.payouts import take_back
from backoffice.services.transitions import move
from models import Payout, Transaction
from models.notification import NotificationType
from models.payout import PayoutMethod, PayoutStatus
from models.transaction import TransactionDirection, TransactionStatus, TransactionType


def arrived(session: Session, payout: Payout, *, acting: Acting) -> bool:
    """The bank has the money: complete the payout (read locked); False when that is known."""
    if payout.status is not PayoutStatus.PROCESSING:
        return False
    moment = session.scalar(sa.select(NOW))
    values = {"processed_at": moment}
    move(session, payout, PayoutStatus.COMPLETED, acting=acting, actor=Actor.PROVIDER, values=values)
    return True


def returned(session: Session, payout: Payout, *, code: str | None, raw: str, acting: Acting) -> bool:
    """The bank did not take it, or sent it back: the payout (read locked) has failed; False when that is known.

    Its lines stay with it until somebody retries or cancels it. The money is on the vendor's account at the provider
    now, in transit back; E5 is undone as it is taken back from there (`take_back`). What was paid by hand is back at
    the platform's own bank at once (PAY-13).
    """
    if payout.status not in {PayoutStatus.PROCESSING, PayoutStatus.COMPLETED}:
        return False
    by_hand = payout.payout_method is PayoutMethod.BY_HAND
    payout.failure_code = failure_code(code)
    payout.failure_reason = failure_sentence(payout.failure_code, raw, who="The bank" if by_hand else "Stripe")
    move(session, payout, PayoutStatus.FAILED, acting=acting, actor=Actor.PROVIDER, reason=payout.failure_reason)
    session.add(_transaction(payout, record.payout_dissolved(session, payout)))
    if by_hand:
        record.settlement_returned(session, payout)
    else:
        take_back.count_as_returned(session, payout)
    notify(
        session,
        [*people.active(session, Role.FINANCE), payout.vendor_id],
        event="payout.returned",
        title="A payout came back from the bank",
        message=f"{money.format_amount(payout.amount, payout.currency)}: {payout.failure_reason}",
        subject=("payouts", payout.id),
        severity=NotificationType.ERROR,
        dedup=str(payout.attempt),
    )
    session.flush()
    return True


def _transaction(payout: Payout, journal_id: uuid.UUID | None) -> Transaction:
    return Transaction(
        user_id=payout.vendor_id,
        vendor_id=payout.vendor_id,
        payout_id=payout.id,
        type=TransactionType.PAYOUT,
        direction=TransactionDirection.IN,
        amount=payout.amount,
        currency=payout.currency,
        status=TransactionStatus.COMPLETED,
        description="Payout returned by the bank",
        event_key=f"payout:{payout.id}:{payout.attempt}:returned",
        journal_id=journal_id,
    )
