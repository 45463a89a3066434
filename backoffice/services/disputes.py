"""Disputes: who works on one, what is decided, how it ends (DSP-1 to DSP-4, DSP-10, B12). Rows come locked."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError
from backoffice.permissions import Permission, Role
from backoffice.services import dispute_news, dispute_opening, dispute_team
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.orders import refundable
from backoffice.services.shares import request_amount
from backoffice.services.sla import keep
from backoffice.services.transitions import move
from models import Dispute, Order, Refund, User
from models.dispute import DisputeOutcome, DisputeStatus, DisputeType
from models.refund import RefundReason, RefundStatus
from models.user import UserStatus

REOPEN_FOR = dt.timedelta(days=14)
#: Who may be given a dispute. What happens by itself goes to admins, who alone can decide (DSP-7, B12).
ASSIGNABLE = frozenset({Role.ADMIN, Role.FINANCE})
#: Outcomes that give money back.
WITH_MONEY = frozenset({DisputeOutcome.REFUND_FULL, DisputeOutcome.REFUND_PARTIAL})
_REASONS = {
    DisputeType.QUALITY_ISSUE: RefundReason.DEFECTIVE,
    DisputeType.SHIPPING_ISSUE: RefundReason.NOT_RECEIVED,
    DisputeType.FRAUD: RefundReason.FRAUDULENT,
}
_ADMINS_ONLY = "Only admins work on disputes."
#: What somebody is told who may not decide because it is their own case (DSP-10).
OWN_CASE = "You are party to this order, so somebody else must decide."


def assign(session: Session, dispute: Dispute, assignee_id: uuid.UUID, *, acting: Acting) -> User:
    """Give a running dispute to an active admin or to finance; an open one is in review from then on (DSP-1)."""
    _may_work(acting)
    assignee = session.get(User, assignee_id)
    if assignee is None or assignee.role not in ASSIGNABLE or assignee.status is not UserStatus.ACTIVE:
        raise DomainError("A dispute can only be given to an active admin or to finance.", code="not_assignable")
    if assignee.id in dispute_team.parties(dispute):
        raise ForbiddenError("The assignee is party to this order.")
    if dispute.status is DisputeStatus.IN_REVIEW:
        dispute.assigned_to = assignee.id
        session.flush()
    else:
        move(session, dispute, DisputeStatus.IN_REVIEW, acting=acting, values={"assigned_to": assignee.id})
    if assignee.id != acting.user_id:
        dispute_news.tell(session, dispute, [assignee.id], "dispute.assigned", "A dispute was given to you")
    return assignee


def assign_least_loaded(session: Session, dispute: Dispute, *, acting: Acting) -> User:
    """Give it to the admin who has the fewest. Raises `DomainError` when there is nobody who may take it (DSP-7)."""
    chosen = dispute_team.least_loaded(session, dispute)
    if chosen is None:
        raise DomainError("There is no active admin who may take it.", code="nobody")
    return assign(session, dispute, chosen, acting=acting)


def unassign(session: Session, dispute: Dispute, *, reason: str, acting: Acting) -> None:
    """Put a dispute back among the open ones."""
    _may_work(acting)
    why = required_text(reason, "Say why you give it back.", field="reason")
    before = dispute.assigned_to
    move(session, dispute, DisputeStatus.OPEN, acting=acting, reason=why, values={"assigned_to": None})
    if before not in {None, acting.user_id}:
        dispute_news.tell(session, dispute, [before], "dispute.unassigned", "A dispute was taken from you", why)


def resolve(
    session: Session,
    dispute: Dispute,
    *,
    outcome: DisputeOutcome,
    notes: str,
    amount: Decimal | None = None,
    acting: Acting,
) -> Refund | None:
    """Decide a dispute in review; `amount`, in the order's currency, is for a partial refund (DSP-1).

    An outcome with money asks for the refund in the same transaction (DSP-2). Raises `ForbiddenError` for a person who
    is party to the order (DSP-10), `InvalidInputError` for an amount outside 0..refundable.
    """
    _may_decide(dispute, acting)
    text = required_text(notes, "Say how you came to the decision.", field="notes")
    require_person(acting)
    order = session.scalars(
        sa.select(Order).where(Order.id == dispute.order_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    approved = approved_amount(session, dispute, order, outcome, amount)
    values = {
        "outcome": outcome,
        "resolution_notes": text,
        "approved_refund_amount": approved,
        "resolved_at": session.scalar(sa.select(NOW)),
    }
    move(session, dispute, DisputeStatus.RESOLVED, acting=acting, reason=outcome.label, values=values)
    keep.refresh(session, dispute)
    refund = None
    if approved:
        note = f"Dispute resolved: {outcome.label.lower()}. {text}"
        reason = _REASONS.get(dispute.type, RefundReason.REQUESTED_BY_CUSTOMER)
        refund = request_amount(
            session, order, amount=approved, reason=reason, note=note, acting=acting, dispute=dispute
        )
    dispute_news.tell_resolved(session, dispute, order, acting)
    return refund


def approved_amount(
    session: Session, dispute: Dispute, order: Order, outcome: DisputeOutcome, amount: Decimal | None
) -> Decimal | None:
    """What `outcome` gives back, in the order's currency; None without money. Raises `InvalidInputError` (DSP-1)."""
    if outcome not in WITH_MONEY:
        if amount:
            raise InvalidInputError(f"{outcome.label} gives no money back: leave the amount empty.", field="amount")
        return None
    left = refundable(session, order)
    if left <= 0:
        raise InvalidInputError("Nothing is left to refund on this order.", field="outcome")
    limit = min(left, dispute.requested_refund_amount or left)
    if outcome is DisputeOutcome.REFUND_FULL:
        amount = limit if amount is None else amount
    if amount is None or amount <= 0:
        raise InvalidInputError("Give the amount to refund.", field="amount")
    if money.exact(amount, order.currency) > limit:
        raise InvalidInputError(
            f"At most {money.format_amount(limit, order.currency)} can be approved.", field="amount"
        )
    if outcome is DisputeOutcome.REFUND_FULL and amount != limit:
        raise InvalidInputError(f"In full means {money.format_amount(limit, order.currency)}.", field="amount")
    return money.exact(amount, order.currency)


def close(session: Session, dispute: Dispute, *, acting: Acting) -> None:
    """End a resolved dispute once its refund is final (DSP-2), or an open one that the customer withdrew."""
    _may_decide(dispute, acting)
    if dispute.status is DisputeStatus.OPEN:
        values = {"outcome": DisputeOutcome.WITHDRAWN}
        move(session, dispute, DisputeStatus.CLOSED, acting=acting, reason="Withdrawn", values=values)
        keep.refresh(session, dispute)
        dispute_news.tell(session, dispute, [dispute.vendor_id], "dispute.closed", "A dispute was withdrawn")
        return
    if session.scalar(sa.select(pending_refund(dispute.id))):
        raise DomainError("Its refund is not final yet, so the dispute stays open to you.", code="refund_pending")
    move(session, dispute, DisputeStatus.CLOSED, acting=acting)
    dispute_news.tell(session, dispute, [dispute.vendor_id], "dispute.closed", "A dispute was closed")


def reopen(session: Session, dispute: Dispute, *, reason: str, acting: Acting) -> None:
    """Take a resolved dispute up again, at most 14 days after the decision and not while its refund is on its way."""
    _may_decide(dispute, acting)
    person = require_person(acting)
    why = required_text(reason, "Say why it is taken up again.", field="reason")
    now = session.scalars(sa.select(NOW)).one()
    if dispute.resolved_at is not None and now - dispute.resolved_at > REOPEN_FOR:
        raise DomainError("It was decided more than 14 days ago and can no longer be reopened.", code="too_late")
    if session.scalar(sa.select(pending_refund(dispute.id))):
        raise DomainError("Its refund is on its way; wait until it is final.", code="refund_pending")
    dispute_opening.refuse_second(session, dispute)
    move(session, dispute, DisputeStatus.IN_REVIEW, acting=acting, reason=why, values=_undecided(dispute, person))
    keep.refresh(session, dispute)
    dispute_news.tell(session, dispute, [dispute.vendor_id], "dispute.reopened", "A dispute was taken up again")


def refund_settled(session: Session, refund: Refund, *, acting: Acting) -> None:
    """What the end of `refund` means for its dispute: a failed one takes the dispute up again (DSP-2, B12).

    A refund that succeeded or was rejected leaves the dispute resolved, to be closed or reopened by a person.
    """
    if refund.dispute_id is None or refund.status is not RefundStatus.FAILED:
        return
    dispute = session.scalars(
        sa.select(Dispute)
        .where(Dispute.id == refund.dispute_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if dispute.status is not DisputeStatus.RESOLVED:
        return
    reason = f"The refund failed: {refund.failure_reason or refund.failure_code}"
    worker = dispute.assigned_to or refund.requested_by
    # The money's end must be recorded whatever else is going on, so a second running dispute (DSP-3) is not an error.
    if not dispute_opening.another_runs(session, dispute):
        values = _undecided(dispute, worker)
        move(session, dispute, DisputeStatus.IN_REVIEW, acting=acting, actor=Actor.SYSTEM, reason=reason, values=values)
        keep.refresh(session, dispute)
    dispute_news.tell(session, dispute, [worker], "dispute.refund_failed", "The refund of a dispute failed", reason)


def pending_refund(dispute_id: uuid.UUID) -> sa.Exists:
    """Whether a refund of the dispute is not final yet."""
    running = (RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.PROCESSING)
    return sa.exists().where(Refund.dispute_id == dispute_id, Refund.status.in_(running))


def _undecided(dispute: Dispute, worker: uuid.UUID) -> dict[str, object]:
    """The columns of a decision, emptied; the history keeps what it was. In review there is always an assignee."""
    return {
        "assigned_to": dispute.assigned_to or worker,
        "outcome": None,
        "approved_refund_amount": None,
        "resolved_at": None,
    }


def _may_work(acting: Acting) -> None:
    require(acting, Permission.DISPUTES_WORK, _ADMINS_ONLY)


def _may_decide(dispute: Dispute, acting: Acting) -> None:
    """Nobody decides their own case; the system is party to none (DSP-10)."""
    _may_work(acting)
    if acting.user_id in dispute_team.parties(dispute):
        raise ForbiddenError(OWN_CASE)
