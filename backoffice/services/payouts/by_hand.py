"""Payouts that people pay from the platform's own bank, without the provider (PAY-13)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError
from backoffice.permissions import Permission
from backoffice.services.ledger import record
from backoffice.services.notifications import notify
from backoffice.services.payouts import bank, send
from backoffice.services.payouts.eligibility import OF_PROVIDER
from backoffice.services.transitions import move
from models import Payout
from models.notification import NotificationType
from models.payout import PayoutMethod, PayoutStatus
from models.transaction import TransactionStatus

#: How long before the payout was put together the bank may have paid: a vendor who was paid early, and not a typo.
EARLIEST: Final = dt.timedelta(days=31)
NOT_BY_HAND: Final = "Stripe tells by itself when a bank sends this one back."


def settle(session: Session, payout: Payout, *, reference: str, paid_on: dt.date, acting: Acting) -> None:
    """Complete a pending payout (read locked) that the bank paid on `paid_on` under `reference`.

    Everything that holds a release holds this too, four eyes included, but for what is wrong with the vendor's account
    at the provider. The money left our own bank, so nothing is posted to the provider's account, and nothing is sent.
    """
    _allow(acting)
    check_inputs(session, payout, reference=reference, paid_on=paid_on)
    send.check(session, payout, acting, aside=OF_PROVIDER)
    send.sign(session, payout, acting)
    # What an earlier attempt was sent to is not where this one went.
    payout.destination_account = None
    values = {"payout_method": PayoutMethod.BY_HAND, "bank_reference": reference.strip(), "paid_on": paid_on}
    move(session, payout, PayoutStatus.PROCESSING, acting=acting, values=values)
    session.add(send.booked(payout, TransactionStatus.COMPLETED, record.payout_settled(session, payout)))
    moment = {"processed_at": session.scalar(sa.select(NOW))}
    move(session, payout, PayoutStatus.COMPLETED, acting=acting, actor=Actor.SYSTEM, values=moment)
    notify(
        session,
        [payout.vendor_id],
        event="payout.settled",
        title="A payout was made to your bank",
        message=f"{money.format_amount(payout.amount, payout.currency)}, bank reference {payout.bank_reference}.",
        subject=("payouts", payout.id),
        severity=NotificationType.SUCCESS,
        dedup=str(payout.attempt),
    )


def check_inputs(session: Session, payout: Payout, *, reference: str, paid_on: dt.date) -> None:
    """Whether such a payment can be the one of this payout. Raises `InvalidInputError`."""
    if not reference.strip():
        raise InvalidInputError("Write the bank's reference of the payment.", field="reference")
    if paid_on > session.scalars(sa.select(NOW)).one().date():
        raise InvalidInputError("The bank cannot have paid on a day to come (UTC).", field="paid_on")
    earliest = (payout.created_at - EARLIEST).date()
    if paid_on < earliest:
        raise InvalidInputError(
            f"This payout was put together on {payout.created_at.date()}; a payment before {earliest} is another one.",
            field="paid_on",
        )


def returned(session: Session, payout: Payout, *, code: str, raw: str, acting: Acting) -> None:
    """The bank sent back what was paid by hand: the payout (read locked) has failed (PAY-9).

    The bank's word, brought by a person: the provider knows nothing of it. Its lines stay with it until somebody makes
    it ready again or cancels it. Where paying took two people this does too, since the money can be paid out again.
    """
    _allow(acting)
    if payout.payout_method is not PayoutMethod.BY_HAND:
        raise DomainError(NOT_BY_HAND, code="not_by_hand")
    if not raw.strip():
        raise InvalidInputError("Write what the bank says.", field="reason")
    if send.needs_second_person(session, payout) and acting.approved_by in {None, acting.user_id}:
        raise SecondPersonError("From this amount on a second person must agree that the money came back.")
    if not bank.returned(session, payout, code=code, raw=raw.strip(), acting=acting):
        raise DomainError("This is known already.", code="known")


def _allow(acting: Acting) -> None:
    if not acting.may(Permission.PAYOUTS_RELEASE) or acting.user_id is None:
        raise ForbiddenError("Only finance pays vendors by hand.")
