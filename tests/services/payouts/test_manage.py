"""A payout that failed or is not wanted: made ready again, or cancelled."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError
from backoffice.gateways.payments import Refused, Succeeded
from backoffice.permissions import Role
from backoffice.services.payouts import manage, send
from models import Notification, PayoutItem, Transaction
from models.payout import PayoutStatus
from tests.factories import acting_for, make_user
from tests.factories.payouts import make_payout

SENT = Succeeded(id="tr_1", status="created")
NO_MONEY = Refused(code="balance_insufficient", message="Insufficient funds.")


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def payout(session):
    return make_payout(session)


@pytest.fixture
def failed(session, payout, clerk):
    what = send.begin(session, payout, acting=clerk)
    send.settle(session, payout, what, NO_MONEY, acting=clerk)
    return payout


def test_a_retry_is_a_new_attempt_with_a_new_key(session, failed, clerk):
    """IDE-1, M4: `balance_insufficient` is definite, so the key changes; it must be released again."""
    manage.retry(session, failed, acting=clerk)
    assert (failed.status, failed.failure_code, failed.idempotency_key) == (PayoutStatus.PENDING, None, None)
    assert failed.released_by is None
    assert send.resume(session, failed, acting=clerk) is None
    what = send.begin(session, failed, acting=clerk)
    assert what.key == f"payout:{failed.id}:transfer:2"
    send.settle(session, failed, what, SENT, acting=clerk)
    query = sa.select(Transaction.status).where(Transaction.payout_id == failed.id)
    assert sorted(session.scalars(query)) == ["completed", "failed"]


def test_an_answer_to_an_older_attempt_changes_nothing(session, payout, clerk):
    """J9: a late writer loses."""
    old = send.begin(session, payout, acting=clerk)
    send.settle(session, payout, old, NO_MONEY, acting=clerk)
    manage.retry(session, payout, acting=clerk)
    send.begin(session, payout, acting=clerk)
    send.settle(session, payout, old, SENT, acting=clerk)
    assert (payout.status, payout.stripe_transfer_id) == (PayoutStatus.PROCESSING, None)


@pytest.mark.parametrize("make", ["payout", "failed"])
def test_cancelling_frees_the_lines(request, session, clerk, make):
    """PAY-3: the lines can go into the next payout; a line is in one payout at a time."""
    payout = request.getfixturevalue(make)
    item = session.scalars(sa.select(PayoutItem).where(PayoutItem.payout_id == payout.id)).one()
    mine = sa.select(PayoutItem.journal_id).where(
        PayoutItem.vendor_id == payout.vendor_id, PayoutItem.payout_id.is_(None)
    )
    assert session.scalars(mine).all() == []
    manage.cancel(session, payout, reason="Wrong account", acting=clerk)
    assert payout.status is PayoutStatus.CANCELLED
    told = session.scalars(sa.select(Notification).where(Notification.event_key == "payout.cancelled")).one()
    assert (told.user_id, told.subject_id) == (payout.vendor_id, payout.id)
    assert session.scalars(mine).all() == [item.journal_id]
    session.refresh(item)
    assert (item.payout_id, item.released_at is None) == (payout.id, False)
    with pytest.raises(IllegalTransitionError):
        manage.retry(session, payout, acting=clerk)


def test_cancelling_needs_a_reason(session, payout, clerk):
    """STM-1"""
    with pytest.raises(DomainError, match="Say why"):
        manage.cancel(session, payout, reason=" ", acting=clerk)


def test_money_on_its_way_cannot_be_cancelled(session, payout, clerk):
    """B12"""
    send.begin(session, payout, acting=clerk)
    with pytest.raises(IllegalTransitionError):
        manage.cancel(session, payout, reason="x", acting=clerk)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VENDOR, Role.LOGISTICS])
def test_only_finance_manages(session, payout, role):
    """WHO-1"""
    acting = acting_for(make_user(session, role))
    with pytest.raises(ForbiddenError):
        manage.cancel(session, payout, reason="x", acting=acting)
    with pytest.raises(ForbiddenError):
        manage.retry(session, payout, acting=acting)
