"""Taking money of a transfer back: after a bank return, or against what the vendor owes (REC-2, PAY-9, M7).

In three steps that may each be repeated: begin or resume, call, settle.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.errors import DomainError, ForbiddenError, SecondPersonError
from backoffice.gateways.payments import Outcome, Payments, Refused, Succeeded
from backoffice.permissions import Permission
from backoffice.services import settings
from backoffice.services.failures import failure_code, failure_sentence
from backoffice.services.ledger import balances, record
from backoffice.services.payouts.send import THRESHOLD
from backoffice.services.provider_calls import OutgoingStoppedError, key_is_old, outgoing_stopped, perform, prepare
from backoffice.services.transitions import move
from models import Payout, TransferReversal
from models.base import uuid7
from models.payout import PayoutStatus
from models.transfer_reversal import ReversalReason, ReversalStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalCall:
    """What to send to Stripe; all of it comes from the reversal's row (M3)."""

    reversal_id: uuid.UUID
    key: str
    transfer: str
    amount: Decimal
    currency: str
    look_first: bool
    key_is_old: bool


def possible(session: Session, payout: Payout) -> tuple[ReversalReason, Decimal]:
    """Why and how much of the payout's transfer may be taken back now. Raises `DomainError` when nothing may.

    All that is left of it after a bank return; after that what the vendor owes, at most (REC-2, M6).
    """
    if payout.stripe_transfer_id is None:
        raise DomainError("No money of this payout is on the vendor's account at Stripe.", code="no_transfer")
    left = payout.amount - payout.reversed_amount
    if payout.status is PayoutStatus.FAILED:
        return ReversalReason.BANK_RETURN, left
    debt = max(-balances.available(session, payout.vendor_id, payout.currency), Decimal(0))
    if debt == 0:
        raise DomainError("The vendor owes nothing in this currency.", code="no_debt")
    if left == 0:
        raise DomainError("All of this transfer was taken back already.", code="all_reversed")
    return ReversalReason.DEBT, min(debt, left)


def begin(session: Session, payout: Payout, *, acting: Acting) -> ReversalCall:
    """Write the intention to take back what is possible of a payout (read locked). Raises `OutgoingStoppedError`."""
    if not acting.may(Permission.PAYOUTS_RELEASE) or acting.user_id is None:
        raise ForbiddenError("Only finance takes money back from vendors.")
    if outgoing_stopped(session):
        raise OutgoingStoppedError
    if _running(session, payout) is not None:
        raise DomainError("Money of this payout is being taken back already.", code="running")
    reason, amount = possible(session, payout)
    if settings.reaches_threshold(session, THRESHOLD, amount, payout.currency) and acting.approved_by in {
        None,
        acting.user_id,
    }:
        raise SecondPersonError("From this amount on a second person must agree to taking it back.")
    money.to_stripe(amount, payout.currency)
    reversal = TransferReversal(
        id=uuid7(),
        payout_id=payout.id,
        vendor_id=payout.vendor_id,
        stripe_transfer_id=payout.stripe_transfer_id,
        reason=reason,
        amount=amount,
        currency=payout.currency,
        requested_by=acting.user_id,
        approved_by=acting.approved_by,
    )
    params = {"transfer": payout.stripe_transfer_id, "amount": str(amount), "currency": payout.currency}
    prepare(session, reversal, key=f"reversal:{reversal.id}:1", params=params)
    session.add(reversal)
    payout.reversed_amount += amount
    session.flush()
    return _call_of(session, reversal, look_first=False)


def resume(session: Session, payout: Payout) -> ReversalCall | None:
    """The call whose intention is committed; None when its end is known. Raises `OutgoingStoppedError`."""
    reversal = _running(session, payout)
    if reversal is None:
        return None
    if outgoing_stopped(session):
        raise OutgoingStoppedError
    return _call_of(session, reversal, look_first=True)


def call(payments: Payments, what: ReversalCall) -> Outcome:
    """Ask Stripe, while no transaction is open."""
    metadata = {"reversal_id": str(what.reversal_id)}
    return perform(
        create=lambda: payments.reverse_transfer(
            transfer=what.transfer, amount=what.amount, currency=what.currency, key=what.key, metadata=metadata
        ),
        find=lambda: payments.find_reversal(transfer=what.transfer, metadata=metadata),
        look_first=what.look_first,
        key_is_old=what.key_is_old,
    )


def settle(session: Session, payout: Payout, what: ReversalCall, outcome: Outcome, *, acting: Acting) -> bool:
    """Record what Stripe said; safe to repeat. Returns whether the reversal is final."""
    reversal = session.get_one(TransferReversal, what.reversal_id, populate_existing=True)
    if reversal.status is not ReversalStatus.PROCESSING:
        return True
    if isinstance(outcome, Refused):
        reversal.failure_code = failure_code(outcome.code)
        reversal.failure_reason = failure_sentence(reversal.failure_code, outcome.message)
        payout.reversed_amount -= reversal.amount
        move(session, reversal, ReversalStatus.FAILED, acting=acting, actor=Actor.PROVIDER)
        return True
    if not isinstance(outcome, Succeeded):
        return False
    reversal.stripe_reversal_id = outcome.id
    move(session, reversal, ReversalStatus.SUCCEEDED, acting=acting, actor=Actor.PROVIDER)
    if reversal.reason is ReversalReason.DEBT:
        record.transfer_reversed(session, reversal)
    if payout.status is PayoutStatus.FAILED:
        count_as_returned(session, payout)
    session.flush()
    return True


def count_as_returned(session: Session, payout: Payout) -> None:
    """All that was taken of the transfer of a payout (failed, locked) so far is part of what the bank returned (PAY-9).

    Once that is all of it, no money of the payout is at the vendor, and it may be sent or cancelled.
    """
    ours = (
        TransferReversal.payout_id == payout.id,
        TransferReversal.stripe_transfer_id == payout.stripe_transfer_id,
        TransferReversal.status == ReversalStatus.SUCCEEDED,
    )
    taken = session.scalars(sa.select(TransferReversal).where(*ours).order_by(TransferReversal.id)).all()
    for reversal in taken:
        record.transfer_returned(session, reversal)
    if taken and sum(reversal.amount for reversal in taken) == payout.amount:
        payout.stripe_transfer_id, payout.reversed_amount = None, Decimal(0)


def last(session: Session, payout: Payout) -> TransferReversal | None:
    """The newest reversal of a payout."""
    query = sa.select(TransferReversal).where(TransferReversal.payout_id == payout.id)
    return session.scalars(
        query.order_by(TransferReversal.created_at.desc(), TransferReversal.id.desc()).limit(1)
    ).first()


def _running(session: Session, payout: Payout) -> TransferReversal | None:
    return session.scalars(
        sa.select(TransferReversal).where(
            TransferReversal.payout_id == payout.id, TransferReversal.status == ReversalStatus.PROCESSING
        )
    ).one_or_none()


def _call_of(session: Session, reversal: TransferReversal, *, look_first: bool) -> ReversalCall:
    params = reversal.request_params
    return ReversalCall(
        reversal_id=reversal.id,
        key=reversal.idempotency_key,
        transfer=params["transfer"],
        amount=Decimal(params["amount"]),
        currency=params["currency"],
        look_first=look_first,
        key_is_old=look_first and key_is_old(session, reversal),
    )
