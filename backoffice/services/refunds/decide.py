"""Deciding on a refund: approve, reject, try again. Maker and checker are two people (WHO-1, REF-5)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError
from backoffice.permissions import Permission
from backoffice.services import order_money
from backoffice.services.chargebacks.running import refuse_while_running
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from models import Refund
from models.notification import NotificationType
from models.refund import RefundStatus


def check_checker(refund: Refund, acting: Acting) -> None:
    """Refuse everybody who may not decide on this refund; every path to the money calls it (REF-5)."""
    if not acting.may(Permission.REFUNDS_APPROVE) or acting.user_id is None:
        raise ForbiddenError("Only finance approves refunds.")
    if refund.second_person_required and refund.requested_by == acting.user_id:
        raise SecondPersonError("You requested this refund; from this amount on somebody else must approve it.")


def approve(session: Session, refund: Refund, *, acting: Acting) -> None:
    """Approve a requested refund (read locked).

    Raises `SecondPersonError`, `ChargedBackError` (REF-6), `IllegalTransitionError`.
    """
    check_checker(refund, acting)
    refuse_while_running(session, refund.payment_id)
    moment = session.scalar(sa.select(NOW))
    refund.approved_by, refund.approved_at = acting.user_id, moment
    move(session, refund, RefundStatus.APPROVED, acting=acting)


def reject(session: Session, refund: Refund, *, note: str, acting: Acting) -> None:
    """Turn a requested refund down with a reason; what it reserved is free again."""
    if not acting.may(Permission.REFUNDS_APPROVE):
        raise ForbiddenError("Only finance rejects refunds.")
    if not note.strip():
        raise InvalidInputError("Say why the refund is rejected.", field="note")
    refund.rejection_note = note.strip()
    move(session, refund, RefundStatus.REJECTED, acting=acting, reason=note.strip())
    notify(
        session,
        [refund.requested_by],
        event="refund.rejected",
        title="A refund was rejected",
        message=f"{money.format_amount(refund.amount, refund.currency)}: {note.strip()}",
        subject=("refunds", refund.id),
        severity=NotificationType.WARNING,
    )


def retry(session: Session, refund: Refund, *, acting: Acting) -> None:
    """Approve a failed refund again, as a new attempt with a new key (IDE-1); the cap is checked again (REF-1)."""
    check_checker(refund, acting)
    if refund.status is not RefundStatus.FAILED:
        raise DomainError("Only a failed refund can be tried again.", code="illegal_transition")
    part = order_money.lock_part(session, refund.payment_id, refund.order_id)
    if refund.amount > part.refundable:
        left = money.format_amount(part.refundable, refund.currency)
        raise DomainError(f"Only {left} is left to refund on this payment.", code="refund_exceeds_balance")
    # The new attempt is one UPDATE: half of it would be a failed refund without its reason.
    with session.no_autoflush:
        refund.attempt += 1
        refund.idempotency_key = refund.request_hash = refund.request_params = refund.first_sent_at = None
        refund.stripe_refund_id = refund.failure_code = refund.failure_reason = None
        approve(session, refund, acting=acting)
