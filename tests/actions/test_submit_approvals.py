"""The second person: who may be it, what their agreement is bound to, and what ends it."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.actions import registry
from backoffice.actions.base import Target
from backoffice.actions.submit import Ids, One, approve, cancel, reject, submit
from backoffice.clock import now
from backoffice.errors import ForbiddenError, IllegalTransitionError, InvalidInputError, SecondPersonError
from backoffice.permissions import Role
from backoffice.services import operations_approvals
from models import Approval, Notification, Operation, OperationItem, Payout, PayoutHold, User
from models.operation import ApprovalStatus, OperationItemStatus, OperationStatus
from models.payout import HoldSource
from tests.factories import acting_for, make_user
from tests.factories.payouts import make_payout

LARGE = "9000.00"


def release(session: Session, maker: User, price: str = LARGE) -> Operation:
    payout = make_payout(session, price=price)
    return submit(
        session,
        registry.get("payout.release"),
        One(payout.id),
        {},
        client_key=uuid.uuid4().hex,
        acting=acting_for(maker),
        panel=Role.FINANCE,
    )


def approval_of(session: Session, operation: Operation) -> Approval:
    return session.scalars(sa.select(Approval).where(Approval.operation_id == operation.id)).one()


def test_a_large_payout_waits_and_those_who_can_agree_are_told(session: Session) -> None:
    """PAY-5: at or above the threshold a second person is needed; the maker is not among those who are asked."""
    maker, other, admin = (make_user(session, role) for role in (Role.FINANCE, Role.FINANCE, Role.ADMIN))
    operation = release(session, maker)
    assert (operation.status, operation.second_person_required) == (OperationStatus.AWAITING_APPROVAL, True)
    told = set(session.scalars(sa.select(Notification.user_id).where(Notification.subject_id == operation.id)))
    assert {other.id, admin.id} <= told
    assert maker.id not in told


def test_a_small_payout_needs_nobody_else(session: Session) -> None:
    """WHO-1: below the threshold one person is enough."""
    assert release(session, make_user(session, Role.FINANCE), "10.00").status is OperationStatus.QUEUED


@pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMIN])
def test_another_finance_user_or_an_admin_agrees(session: Session, role: Role) -> None:
    """WHO-1, PAY-5: the operation is queued with the name of who agreed."""
    operation, checker = release(session, make_user(session, Role.FINANCE)), make_user(session, role)
    approve(session, operation.id, acting_for(checker), "Fine.")
    assert (operation.status, operation.approved_by) == (OperationStatus.QUEUED, checker.id)
    approval = approval_of(session, operation)
    assert (approval.status, approval.decided_by, approval.note) == (ApprovalStatus.APPROVED, checker.id, "Fine.")


def test_the_maker_never_agrees(session: Session) -> None:
    """WHO-1: neither by the service, nor past it: the database refuses too."""
    maker = make_user(session, Role.FINANCE)
    operation = release(session, maker)
    with pytest.raises(SecondPersonError):
        approve(session, operation.id, acting_for(maker))
    with pytest.raises(sa.exc.IntegrityError) as refused, session.begin_nested():
        session.execute(
            sa.update(Operation)
            .where(Operation.id == operation.id)
            .values(approved_by=maker.id, approved_at=sa.func.now())
        )
    assert refused.value.orig.diag.constraint_name == "ck_operations_second_person"
    with pytest.raises(ForbiddenError):
        approve(session, operation.id, acting_for(make_user(session, Role.LOGISTICS)))


def test_the_second_of_two_checkers_hears_who_was_first(session: Session) -> None:
    """Attack 43: exactly one approval."""
    operation, first = release(session, make_user(session, Role.FINANCE)), make_user(session)
    approve(session, operation.id, acting_for(first))
    with pytest.raises(IllegalTransitionError, match=first.name):
        approve(session, operation.id, acting_for(make_user(session)))


def test_a_change_after_submit_voids_the_approval(session: Session) -> None:
    """PAY-5, M10, attack 44: the checker would agree to something else than the maker saw."""
    operation = release(session, make_user(session, Role.FINANCE))
    target = session.scalars(sa.select(OperationItem.target_id).where(OperationItem.operation_id == operation.id)).one()
    session.execute(sa.update(Payout).where(Payout.id == target).values(items_hash="0" * 64))
    session.expire_all()
    approve(session, operation.id, acting_for(make_user(session)))
    assert operation.status is OperationStatus.REJECTED
    assert approval_of(session, operation).status is ApprovalStatus.VOID


def test_refusing_needs_a_reason_and_tells_the_maker(session: Session) -> None:
    maker, checker = make_user(session, Role.FINANCE), make_user(session)
    operation = release(session, maker)
    with pytest.raises(InvalidInputError):
        reject(session, operation.id, acting_for(checker), " ")
    reject(session, operation.id, acting_for(checker), "The vendor has moved.")
    assert operation.status is OperationStatus.REJECTED
    notice = session.scalars(sa.select(Notification).where(Notification.user_id == maker.id)).one()
    assert notice.message == "The vendor has moved."


def test_the_maker_may_cancel_what_waits(session: Session) -> None:
    maker = make_user(session, Role.FINANCE)
    operation = release(session, maker)
    cancel(session, operation.id, acting_for(maker))
    assert operation.status is OperationStatus.CANCELLED
    assert approval_of(session, operation).status is ApprovalStatus.VOID


def test_nobody_agreed_in_time(session: Session) -> None:
    """B12: awaiting_approval to expired; its items are skipped and the maker is told."""
    maker = make_user(session, Role.FINANCE)
    operation = release(session, maker)
    session.execute(sa.update(Approval).values(expires_at=sa.func.now()))
    session.expire_all()
    assert operations_approvals.expire(session) == 1
    assert operation.status is OperationStatus.EXPIRED
    item = session.scalars(sa.select(OperationItem).where(OperationItem.operation_id == operation.id)).one()
    assert item.status.value == "skipped"
    with pytest.raises(IllegalTransitionError):
        approve(session, operation.id, acting_for(make_user(session)))


def test_what_is_held_is_left_out_of_the_agreement(session: Session) -> None:
    """PAY-5: a payout that was held at the submit does not leave later under a sum that did not count it."""
    maker, checker = make_user(session, Role.FINANCE), make_user(session, Role.FINANCE)
    going, held = make_payout(session, price=LARGE), make_payout(session, price="10.00")
    hold = PayoutHold(vendor_id=held.vendor_id, source=HoldSource.ADMIN, reason="Under investigation")
    session.add(hold)
    session.flush()
    operation = submit(
        session,
        registry.get("payout.release"),
        Ids([Target(id=one.id, version=None) for one in (going, held)]),
        {},
        client_key=uuid.uuid4().hex,
        acting=acting_for(maker),
        panel=Role.FINANCE,
    )
    hold.released_by, hold.released_at = checker.id, now()
    session.flush()
    approve(session, operation.id, acting_for(checker))
    items = sa.select(OperationItem.target_id, OperationItem.status).where(OperationItem.operation_id == operation.id)
    assert operation.status is OperationStatus.QUEUED
    assert dict(session.execute(items).all()) == {
        going.id: OperationItemStatus.QUEUED,
        held.id: OperationItemStatus.SKIPPED,
    }
