"""Disputes: who works on one, what is decided, how it ends."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import dispute_news, disputes
from models import Dispute, DisputeMessage, Notification, Refund, StatusHistory
from models.dispute import DisputeOutcome, DisputeStatus
from models.refund import RefundKind, RefundStatus
from models.user import UserStatus
from tests.factories import acting_for, make_dispute, make_order, make_refund, make_user, make_vendor


@pytest.fixture
def admin(session: Session) -> Acting:
    return acting_for(make_user(session))


@pytest.fixture
def dispute(session: Session, admin: Acting) -> Dispute:
    """In review, about an order of 100.00 USD."""
    return make_dispute(session, status=DisputeStatus.IN_REVIEW, assigned_to=admin.user_id)


def resolve(
    session: Session, dispute: Dispute, admin: Acting, outcome: DisputeOutcome, amount: str | None = None
) -> Refund | None:
    return disputes.resolve(
        session,
        dispute,
        outcome=outcome,
        notes="Photos show the break.",
        amount=Decimal(amount) if amount else None,
        acting=admin,
    )


def messages(session: Session, user: object) -> list[str]:
    return list(session.scalars(sa.select(Notification.event_key).where(Notification.shown_to(user))))


def test_assigning_an_open_dispute_puts_it_in_review(session: Session, admin: Acting) -> None:
    """DSP-1: open -> in_review needs an assignee who is active, who is told."""
    dispute, colleague = make_dispute(session), make_user(session)
    disputes.assign(session, dispute, colleague.id, acting=admin)
    assert (dispute.status, dispute.assigned_to) == (DisputeStatus.IN_REVIEW, colleague.id)
    assert messages(session, colleague.id) == ["dispute.assigned"]
    disputes.assign(session, dispute, make_user(session).id, acting=admin)
    steps = session.scalars(sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == dispute.id)).all()
    assert steps == ["in_review"]


def test_finance_may_be_given_a_dispute(session: Session, admin: Acting) -> None:
    """DSP-1: they are told; working on it, which decides it, stays the admins' (B12)."""
    dispute, finance = make_dispute(session), make_user(session, Role.FINANCE)
    disputes.assign(session, dispute, finance.id, acting=admin)
    assert (dispute.status, dispute.assigned_to) == (DisputeStatus.IN_REVIEW, finance.id)
    assert messages(session, finance.id) == ["dispute.assigned"]
    with pytest.raises(ForbiddenError):
        disputes.assign(session, dispute, finance.id, acting=acting_for(finance))
    with pytest.raises(ForbiddenError):
        resolve(session, dispute, acting_for(finance), DisputeOutcome.REJECT)


def test_what_is_given_out_by_load_goes_to_admins(session: Session, admin: Acting) -> None:
    """DSP-7: a member of finance without any dispute is not who has the fewest."""
    finance, dispute = make_user(session, Role.FINANCE), make_dispute(session)
    assert disputes.assign_least_loaded(session, dispute, acting=admin).id != finance.id


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.LOGISTICS, UserStatus.ACTIVE),
        (Role.VENDOR, UserStatus.ACTIVE),
        (Role.ADMIN, UserStatus.SUSPENDED),
        (Role.FINANCE, UserStatus.SUSPENDED),
    ],
)
def test_nobody_else_is_assigned(session: Session, admin: Acting, role: Role, status: UserStatus) -> None:
    """DSP-1."""
    with pytest.raises(DomainError, match="active admin"):
        disputes.assign(session, make_dispute(session), make_user(session, role, status=status).id, acting=admin)


def test_giving_back_needs_a_reason(session: Session, dispute: Dispute, admin: Acting) -> None:
    """B12: in_review -> open (unassign)."""
    with pytest.raises(InvalidInputError):
        disputes.unassign(session, dispute, reason="", acting=admin)
    disputes.unassign(session, dispute, reason="On holiday.", acting=admin)
    assert (dispute.status, dispute.assigned_to) == (DisputeStatus.OPEN, None)


def test_a_partial_refund_is_requested_with_the_decision(session: Session, dispute: Dispute, admin: Acting) -> None:
    """DSP-2: the refund request is part of the same transaction and points at the dispute."""
    refund = resolve(session, dispute, admin, DisputeOutcome.REFUND_PARTIAL, "30.00")
    assert refund is not None
    assert (refund.amount, refund.dispute_id, refund.status) == (
        Decimal("30.00"),
        dispute.id,
        RefundStatus.REQUESTED,
    )
    assert refund.kind is RefundKind.LINES
    assert (dispute.status, dispute.approved_refund_amount) == (DisputeStatus.RESOLVED, Decimal("30.00"))
    assert messages(session, dispute.vendor_id) == ["dispute.resolved"]


def test_a_full_refund_is_what_was_asked_for(session: Session, admin: Acting) -> None:
    """DSP-1: approved <= min(requested or refundable, refundable)."""
    asked = make_dispute(
        session, status=DisputeStatus.IN_REVIEW, requested_refund_amount=Decimal("40.00"), assigned_to=admin.user_id
    )
    refund = resolve(session, asked, admin, DisputeOutcome.REFUND_FULL)
    assert refund is not None
    assert refund.amount == Decimal("40.00")
    whole = make_dispute(session, status=DisputeStatus.IN_REVIEW, assigned_to=admin.user_id)
    refund = resolve(session, whole, admin, DisputeOutcome.REFUND_FULL)
    assert refund is not None
    assert refund.amount == Decimal("100.00")


@pytest.mark.parametrize(
    ("outcome", "amount", "sentence"),
    [
        (DisputeOutcome.REFUND_PARTIAL, "100.01", "At most 100.00 USD"),
        (DisputeOutcome.REFUND_PARTIAL, "10.001", "finer than USD"),
        (DisputeOutcome.REFUND_PARTIAL, "-1.00", "Give the amount"),
        (DisputeOutcome.REFUND_PARTIAL, None, "Give the amount"),
        (DisputeOutcome.REFUND_FULL, "20.00", "In full means 100.00 USD"),
        (DisputeOutcome.REPLACE, "20.00", "gives no money back"),
    ],
)
def test_the_amount_must_fit_the_outcome(
    session: Session, dispute: Dispute, admin: Acting, outcome: DisputeOutcome, amount: str | None, sentence: str
) -> None:
    """DSP-1: 0 <= approved <= refundable; only outcomes with money have an amount."""
    with pytest.raises(InvalidInputError, match=sentence):
        resolve(session, dispute, admin, outcome, amount)
    assert dispute.status is DisputeStatus.IN_REVIEW


@pytest.mark.parametrize("outcome", [DisputeOutcome.REPLACE, DisputeOutcome.REJECT, DisputeOutcome.WITHDRAWN])
def test_other_outcomes_move_no_money(
    session: Session, dispute: Dispute, admin: Acting, outcome: DisputeOutcome
) -> None:
    """DSP-2: and such a dispute may be closed at once."""
    assert resolve(session, dispute, admin, outcome) is None
    assert session.scalars(sa.select(Refund)).all() == []
    disputes.close(session, dispute, acting=admin)
    assert dispute.status is DisputeStatus.CLOSED
    assert messages(session, dispute.vendor_id) == ["dispute.resolved", "dispute.closed"]


def test_a_decision_needs_notes(session: Session, dispute: Dispute, admin: Acting) -> None:
    """DSP-1."""
    with pytest.raises(InvalidInputError, match="Say how"):
        disputes.resolve(session, dispute, outcome=DisputeOutcome.REJECT, notes=" ", acting=admin)


def test_an_open_dispute_is_not_resolved(session: Session, admin: Acting) -> None:
    """B12: only in_review -> resolved."""
    with pytest.raises(IllegalTransitionError):
        resolve(session, make_dispute(session), admin, DisputeOutcome.REJECT)


def test_nobody_decides_their_own_case(session: Session) -> None:
    """DSP-10: the resolver, and the assignee, may not be party to the order."""
    party = make_user(session)
    dispute = make_dispute(session, order=make_order(session, customer=party), status=DisputeStatus.IN_REVIEW)
    with pytest.raises(ForbiddenError, match="party to this order"):
        resolve(session, dispute, acting_for(party), DisputeOutcome.REJECT)
    with pytest.raises(ForbiddenError, match="party to this order"):
        disputes.assign(session, dispute, party.id, acting=acting_for(make_user(session)))


@pytest.mark.parametrize("role", [Role.VENDOR, Role.FINANCE, Role.LOGISTICS])
def test_only_admins_work_on_disputes(session: Session, dispute: Dispute, role: Role) -> None:
    """B12."""
    with pytest.raises(ForbiddenError, match="Only admins"):
        resolve(session, dispute, acting_for(make_user(session, role)), DisputeOutcome.REJECT)


@pytest.mark.parametrize("status", [RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.PROCESSING])
def test_a_dispute_waits_for_its_refund(session: Session, admin: Acting, status: RefundStatus) -> None:
    """DSP-2: it closes, and reopens, only when the refund is final."""
    order = make_order(session)
    dispute = make_dispute(session, order=order, status=DisputeStatus.RESOLVED)
    make_refund(session, order, status=status, dispute_id=dispute.id)
    with pytest.raises(DomainError, match="not final") as refused:
        disputes.close(session, dispute, acting=admin)
    assert refused.value.code == "refund_pending"
    with pytest.raises(DomainError, match="wait until"):
        disputes.reopen(session, dispute, reason="New photos.", acting=admin)


@pytest.mark.parametrize("status", [RefundStatus.SUCCEEDED, RefundStatus.REJECTED])
def test_a_final_refund_lets_the_dispute_close(session: Session, admin: Acting, status: RefundStatus) -> None:
    """DSP-2."""
    order = make_order(session)
    dispute = make_dispute(session, order=order, status=DisputeStatus.RESOLVED)
    refund = make_refund(session, order, status=status, dispute_id=dispute.id)
    disputes.refund_settled(session, refund, acting=Acting.system())
    assert dispute.status is DisputeStatus.RESOLVED
    disputes.close(session, dispute, acting=admin)
    assert dispute.status is DisputeStatus.CLOSED


def test_a_failed_refund_takes_the_dispute_up_again(session: Session, admin: Acting) -> None:
    """DSP-2, B12: resolved -> in_review (S, refund failed); the assignee is told why."""
    order = make_order(session)
    dispute = make_dispute(session, order=order, status=DisputeStatus.RESOLVED, assigned_to=admin.user_id)
    refund = make_refund(session, order, status=RefundStatus.FAILED, dispute_id=dispute.id)
    disputes.refund_settled(session, refund, acting=Acting.system())
    assert (dispute.status, dispute.outcome) == (DisputeStatus.IN_REVIEW, None)
    [step] = session.scalars(sa.select(StatusHistory).where(StatusHistory.entity_id == dispute.id))
    assert (step.actor, step.reason) == ("S", "The refund failed: The card's bank declined it.")
    assert messages(session, admin.user_id) == ["dispute.refund_failed"]


def test_a_failed_refund_never_collides_with_a_running_dispute(session: Session, admin: Acting) -> None:
    """DSP-3: at most one running dispute an order and type, and recording the refund's end still works."""
    order = make_order(session)
    dispute = make_dispute(session, order=order, status=DisputeStatus.RESOLVED, assigned_to=admin.user_id)
    make_dispute(session, order=order)
    refund = make_refund(session, order, status=RefundStatus.FAILED, dispute_id=dispute.id)
    disputes.refund_settled(session, refund, acting=Acting.system())
    assert dispute.status is DisputeStatus.RESOLVED
    assert messages(session, admin.user_id) == ["dispute.refund_failed"]
    with pytest.raises(DomainError, match="already has a running dispute"):
        disputes.reopen(session, dispute, reason="Again.", acting=admin)


def test_reopening_ends_after_fourteen_days(session: Session, admin: Acting) -> None:
    """B12: resolved -> in_review (reopen <= 14 d)."""
    fresh = make_dispute(session, status=DisputeStatus.RESOLVED, resolved_at=now() - dt.timedelta(days=13, hours=23))
    disputes.reopen(session, fresh, reason="New photos.", acting=admin)
    assert (fresh.status, fresh.resolved_at) == (DisputeStatus.IN_REVIEW, None)
    assert messages(session, fresh.vendor_id) == ["dispute.reopened"]
    old = make_dispute(session, status=DisputeStatus.RESOLVED, resolved_at=now() - dt.timedelta(days=14, hours=1))
    with pytest.raises(DomainError, match="14 days"):
        disputes.reopen(session, old, reason="New photos.", acting=admin)


def test_an_open_dispute_can_be_withdrawn(session: Session, admin: Acting) -> None:
    """B12: open -> closed (withdrawn)."""
    dispute = make_dispute(session)
    disputes.close(session, dispute, acting=admin)
    assert (dispute.status, dispute.outcome) == (DisputeStatus.CLOSED, DisputeOutcome.WITHDRAWN)
    assert messages(session, dispute.vendor_id) == ["dispute.closed"]


def test_who_loses_a_dispute_is_told(session: Session, admin: Acting) -> None:
    """DSP-1: a colleague put it back; who does so himself needs no message."""
    colleague = make_user(session)
    dispute = make_dispute(session)
    disputes.assign(session, dispute, colleague.id, acting=acting_for(colleague))
    disputes.unassign(session, dispute, reason="You are on holiday.", acting=admin)
    assert messages(session, colleague.id) == ["dispute.unassigned"]
    disputes.assign(session, dispute, admin.user_id, acting=admin)
    disputes.unassign(session, dispute, reason="Lunch.", acting=admin)
    assert messages(session, admin.user_id) == []


def test_an_internal_message_tells_nobody(session: Session, dispute: Dispute, admin: Acting) -> None:
    """DSP-4: not even as a notification; a public one is announced without its words."""
    dispute_news.add_message(session, dispute, text="The vendor has a record.", is_internal=True, acting=admin)
    assert session.scalars(sa.select(Notification)).all() == []
    dispute_news.add_message(session, dispute, text="Please send photos.", is_internal=False, acting=admin)
    [note] = session.scalars(sa.select(Notification))
    assert note.user_id == dispute.vendor_id
    assert "photos" not in note.message
    assert len(session.scalars(sa.select(DisputeMessage)).all()) == 2


def test_only_admins_write_messages(session: Session, dispute: Dispute) -> None:
    """DSP-4: and an empty message is none."""
    with pytest.raises(ForbiddenError):
        dispute_news.add_message(
            session, dispute, text="Hello", is_internal=False, acting=acting_for(make_vendor(session))
        )
    with pytest.raises(InvalidInputError):
        dispute_news.add_message(session, dispute, text=" ", is_internal=False, acting=acting_for(make_user(session)))
