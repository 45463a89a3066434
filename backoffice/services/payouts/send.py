"""Sending a payout to Stripe: begin or resume, call, settle; each may be repeated (PAY-8, IDE-1, M4)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, SecondPersonError
from backoffice.gateways.payments import Outcome, Payments, Refused, Succeeded
from backoffice.permissions import Permission, Role
from backoffice.services import people, settings
from backoffice.services.failures import failure_code, failure_sentence
from backoffice.services.ledger import record
from backoffice.services.notifications import notify
from backoffice.services.payouts.eligibility import reasons
from backoffice.services.provider_calls import (
    OutgoingStoppedError,
    key_is_old,
    outgoing_stopped,
    perform,
    prepare,
)
from backoffice.services.transitions import move
from models import Payout, PayoutItem, Transaction, VendorProfile
from models.notification import NotificationType
from models.payout import PayoutStatus, items_hash
from models.transaction import TransactionDirection, TransactionStatus, TransactionType

THRESHOLD = "payouts.second_person_threshold"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCall:
    """What to send to Stripe; all of it comes from the payout row, never from rows that may change meanwhile (M3)."""

    payout_id: uuid.UUID
    attempt: int
    key: str
    account: str
    amount: Decimal
    currency: str
    look_first: bool
    key_is_old: bool

    @property
    def transfer_group(self) -> str:
        """Under which name Stripe lists every transfer of this payout (IDE-2)."""
        return f"payout_{self.payout_id}"


def needs_second_person(session: Session, payout: Payout) -> bool:
    """Whether the amount reaches the threshold of its currency (PAY-5)."""
    return settings.reaches_threshold(session, THRESHOLD, payout.amount, payout.currency)


def begin(session: Session, payout: Payout, *, acting: Acting) -> TransferCall:
    """Move a pending payout (read locked) to `processing`, with a key stored for this attempt.

    Checks everything again, because this is the last moment before money moves: rights, the second person (PAY-5),
    every reason that holds it (PAY-1), and that its items are what was approved. Raises `OutgoingStoppedError`.
    """
    if not acting.may(Permission.PAYOUTS_RELEASE) or acting.user_id is None:
        raise ForbiddenError("Only finance releases payouts.")
    if outgoing_stopped(session):
        raise OutgoingStoppedError
    check(session, payout, acting)
    sign(session, payout, acting)
    _prepare(session, payout)
    move(session, payout, PayoutStatus.PROCESSING, acting=acting)
    return _call_of(session, payout, look_first=False)


def resume(session: Session, payout: Payout, *, acting: Acting) -> TransferCall | None:
    """The call of a payout (read locked) whose intention is committed; None when the transfer's end is known.

    It never starts another attempt: only a person does (IDE-1). Raises `OutgoingStoppedError`.
    """
    if payout.status is PayoutStatus.PROCESSING and payout.stripe_transfer_id is not None:
        _complete(session, payout, acting)
    if payout.status is not PayoutStatus.PROCESSING or payout.stripe_transfer_id is not None:
        return None
    if outgoing_stopped(session):
        raise OutgoingStoppedError
    return _call_of(session, payout, look_first=True)


def call(payments: Payments, what: TransferCall) -> Outcome:
    """Ask Stripe, while no transaction is open."""
    metadata = {"payout_id": str(what.payout_id), "attempt": str(what.attempt)}
    return perform(
        create=lambda: payments.transfer(
            account=what.account,
            amount=what.amount,
            currency=what.currency,
            transfer_group=what.transfer_group,
            key=what.key,
            metadata=metadata,
        ),
        find=lambda: payments.find_transfer(transfer_group=what.transfer_group, metadata=metadata),
        look_first=what.look_first,
        key_is_old=what.key_is_old,
    )


def settle(session: Session, payout: Payout, what: TransferCall, outcome: Outcome, *, acting: Acting) -> bool:
    """Record what Stripe said; safe to repeat. Returns whether the transfer is final."""
    if payout.attempt != what.attempt or payout.status is not PayoutStatus.PROCESSING:
        return True
    if isinstance(outcome, Refused):
        payout.failure_code = failure_code(outcome.code)
        payout.failure_reason = failure_sentence(payout.failure_code, outcome.message)
        move(session, payout, PayoutStatus.FAILED, acting=acting, actor=Actor.PROVIDER, reason=payout.failure_reason)
        record.payout_dissolved(session, payout)
        session.add(booked(payout, TransactionStatus.FAILED))
        _tell_of_failure(session, payout)
        return True
    if not isinstance(outcome, Succeeded):
        return False
    if payout.stripe_transfer_id is None:
        payout.stripe_transfer_id = outcome.id
        journal_id = record.transfer_executed(session, payout)
        session.add(booked(payout, TransactionStatus.COMPLETED, journal_id))
    _complete(session, payout, acting)
    _tell_vendor(session, payout)
    session.flush()
    return True


def sent(session: Session, payout: Payout) -> TransferCall:
    """What was sent for a payout (read locked) in `processing`, to settle it with what Stripe tells by itself."""
    return _call_of(session, payout, look_first=True)


def _complete(session: Session, payout: Payout, acting: Acting) -> None:
    """A transfer is not yet money at the bank; the setting says which of the two completes a payout (PAY-8)."""
    if settings.get(session, "payouts.complete_on") == "transfer":
        payout.processed_at = session.scalar(sa.select(NOW))
        move(session, payout, PayoutStatus.COMPLETED, acting=acting, actor=Actor.PROVIDER)


def check(session: Session, payout: Payout, acting: Acting, *, aside: Collection[str] = ()) -> None:
    """Whether this person may pay it now; reasons whose code is in `aside` do not hold it (PAY-1, PAY-5)."""
    if not payout.status.allows(PayoutStatus.PROCESSING):
        raise IllegalTransitionError(f"A payout that is {payout.status.label.lower()} cannot be released.")
    if needs_second_person(session, payout) and acting.approved_by in {None, acting.user_id}:
        raise SecondPersonError("From this amount on a second person must agree to the payout.")
    holding = [reason for reason in reasons(session, [payout.id])[payout.id] if reason.code not in aside]
    if holding:
        raise DomainError(" ".join(reason.message for reason in holding), code=holding[0].code)
    pairs = session.execute(
        sa.select(PayoutItem.journal_id, PayoutItem.amount).where(
            PayoutItem.payout_id == payout.id, PayoutItem.released_at.is_(None)
        )
    ).all()
    if items_hash([(row.journal_id, row.amount) for row in pairs]) != payout.items_hash:
        raise DomainError("The items of this payout changed after it was put together.", code="items_changed")


def sign(session: Session, payout: Payout, acting: Acting) -> None:
    """Note who pays it and who agreed; the database refuses one and the same where two are needed (PAY-5)."""
    second, moment = needs_second_person(session, payout), session.scalar(sa.select(NOW))
    payout.released_by, payout.second_person_required = acting.user_id, second
    payout.approved_by, payout.approved_at = acting.approved_by, moment if acting.approved_by else None


def _prepare(session: Session, payout: Payout) -> None:
    account = session.scalar(
        sa.select(VendorProfile.stripe_account_id).where(VendorProfile.vendor_id == payout.vendor_id)
    )
    money.to_stripe(payout.amount, payout.currency)
    payout.destination_account = account
    prepare(
        session,
        payout,
        key=f"payout:{payout.id}:transfer:{payout.attempt}",
        params={"account": account, "amount": str(payout.amount), "currency": payout.currency},
    )


def _call_of(session: Session, payout: Payout, *, look_first: bool) -> TransferCall:
    params = payout.request_params or {}
    return TransferCall(
        payout_id=payout.id,
        attempt=payout.attempt,
        key=str(payout.idempotency_key),
        account=params["account"],
        amount=Decimal(params["amount"]),
        currency=params["currency"],
        look_first=look_first,
        key_is_old=look_first and key_is_old(session, payout),
    )


def booked(payout: Payout, status: TransactionStatus, journal_id: uuid.UUID | None = None) -> Transaction:
    """The row that finance reads about this attempt of the payout (LED-8)."""
    return Transaction(
        user_id=payout.vendor_id,
        vendor_id=payout.vendor_id,
        payout_id=payout.id,
        type=TransactionType.PAYOUT,
        direction=TransactionDirection.OUT,
        amount=-payout.amount,
        currency=payout.currency,
        status=status,
        description="Payout to the vendor",
        event_key=f"payout:{payout.id}:{payout.attempt}",
        journal_id=journal_id,
    )


def _tell_vendor(session: Session, payout: Payout) -> None:
    notify(
        session,
        [payout.vendor_id],
        event="payout.sent",
        title="A payout is on its way",
        message=f"{money.format_amount(payout.amount, payout.currency)} was sent to your account.",
        subject=("payouts", payout.id),
        severity=NotificationType.SUCCESS,
        dedup=str(payout.attempt),
    )


def _tell_of_failure(session: Session, payout: Payout) -> None:
    notify(
        session,
        people.active(session, Role.FINANCE),
        event="payout.failed",
        title="A payout failed",
        message=f"{money.format_amount(payout.amount, payout.currency)}: {payout.failure_reason}",
        subject=("payouts", payout.id),
        severity=NotificationType.ERROR,
        dedup=str(payout.attempt),
    )
