"""Cancelling a payout and making a failed one ready again (B12)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.services.ledger import record
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from models import Payout, PayoutItem
from models.notification import NotificationType
from models.payout import PayoutMethod, PayoutStatus


def cancel(session: Session, payout: Payout, *, reason: str, acting: Acting) -> None:
    """Cancel a pending or failed payout (read locked); its lines are free for the next one, and its vendor is told."""
    _check(acting)
    if not reason.strip():
        raise InvalidInputError("Say why the payout is cancelled.", field="reason")
    _check_transfer(payout)
    # A failed one was dissolved when it failed.
    if payout.status is PayoutStatus.PENDING:
        record.payout_dissolved(session, payout)
    move(session, payout, PayoutStatus.CANCELLED, acting=acting, reason=reason.strip())
    release_items(session, payout)
    notify(
        session,
        [payout.vendor_id],
        event="payout.cancelled",
        title="A payout was cancelled",
        message=f"{money.format_amount(payout.amount, payout.currency)} waits for your next payout.",
        subject=("payouts", payout.id),
        severity=NotificationType.WARNING,
    )


def retry(session: Session, payout: Payout, *, acting: Acting) -> None:
    """Make a failed payout (read locked) pending again, as a new attempt that must be released anew (IDE-1)."""
    _check(acting)
    _check_transfer(payout)
    payout.attempt += 1
    payout.idempotency_key = payout.request_hash = payout.request_params = payout.first_sent_at = None
    payout.stripe_transfer_id = payout.stripe_payout_id = payout.failure_code = payout.failure_reason = (
        payout.processed_at
    ) = None
    payout.released_by = payout.approved_by = payout.approved_at = None
    payout.second_person_required = False
    if payout.payout_method is PayoutMethod.BY_HAND:
        payout.payout_method, payout.bank_reference, payout.paid_on = PayoutMethod.BANK_ACCOUNT, None, None
    move(session, payout, PayoutStatus.PENDING, acting=acting)
    record.payout_assembled(session, payout)


def release_items(session: Session, payout: Payout, *which: sa.ColumnElement[bool]) -> None:
    """Open the payout's entries anew (`which` of them), for the next payout to take; what it held stays to be seen."""
    taken = (PayoutItem.payout_id == payout.id, PayoutItem.released_at.is_(None), *which)
    columns = ("vendor_id", "journal_id", "order_item_id", "amount", "currency")
    released = (
        sa.update(PayoutItem)
        .where(*taken)
        .values(released_at=NOW)
        .returning(*(getattr(PayoutItem, name) for name in columns))
        .cte("released")
    )
    session.execute(
        sa.insert(PayoutItem).from_select(columns, sa.select(*released.c), include_defaults=False),
        execution_options={"synchronize_session": False},
    )


def _check_transfer(payout: Payout) -> None:
    """Another transfer, or another payout of the same entries, would pay twice what the bank returned (PAY-9)."""
    if payout.status is PayoutStatus.FAILED and payout.stripe_transfer_id is not None:
        raise DomainError(
            "The money is still on the vendor's account at Stripe: take it back first.", code="transfer_not_reversed"
        )


def _check(acting: Acting) -> None:
    if not acting.may(Permission.PAYOUTS_RELEASE) or acting.user_id is None:
        raise ForbiddenError("Only finance works on payouts.")
