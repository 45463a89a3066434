"""Paying by hand through the same path as page and worker: dry run, one key, second person, run (PAY-13)."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from backoffice.actions import registry
from backoffice.actions.base import Target
from backoffice.actions.inputs import InvalidFormError
from backoffice.actions.submit import Ids, One, approve, plan, submit
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, SecondPersonError
from backoffice.gateways.payments import Succeeded
from backoffice.permissions import Role
from models import Operation, VendorProfile
from models.operation import OperationStatus
from models.payout import PayoutStatus
from tests.factories import acting_for, make_hold, make_user, make_vendor
from tests.factories.payouts import make_payout

SETTLE, RETURNED, RELEASE = (registry.get(f"payout.{verb}") for verb in ("settle", "returned", "release"))
TODAY = now().date().isoformat()
INPUTS = {"reference": "BANK-1", "paid_on": TODAY}


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def payout(session):
    return make_payout(session)


def send(session, action, payout, acting, inputs, key=None):
    key = key or uuid.uuid4().hex
    return submit(session, action, One(payout.id), inputs, client_key=key, acting=acting, panel=acting.role)


def test_the_dry_run_says_what_will_happen(session, payout, clerk):
    """PAY-13: who has no account at Stripe can be paid; a hold of ours is told, and no reason of Stripe's."""
    session.execute(sa.update(VendorProfile).values(payouts_enabled=False, stripe_account_id=None))
    vendor = make_vendor(session, profile={"payouts_enabled": False})
    held = make_payout(session, vendor=vendor)
    make_hold(session, vendor=vendor)
    targets = Ids([Target(id=one.id, version=None) for one in (payout, held)])
    goes, stays = plan(session, SETTLE, targets, {}, clerk).verdicts
    assert goes.ok
    assert goes.message.endswith("was paid from our own bank; nothing is sent to Stripe.")
    assert (stays.ok, stays.message, stays.code) == (False, "On hold: Papers are missing.", "held")


def test_a_double_submit_is_one_settlement(session, payout, clerk):
    """PAY-13, IDE-3: the client's key collapses it; a second one under another key finds it settled."""
    first, second = (send(session, SETTLE, payout, clerk, INPUTS, key="tab-1" * 8) for _ in range(2))
    assert first.id == second.id
    assert session.scalar(sa.select(sa.func.count()).select_from(Operation)) == 1
    done = SETTLE.run.run(session, payout, first.inputs, clerk)
    assert done == "90.00 USD settled by hand, reference BANK-1."
    for action in (SETTLE, RELEASE):
        with pytest.raises(DomainError, match="It is completed; this needs pending"):
            send(session, action, payout, clerk, INPUTS)


@pytest.mark.parametrize(
    "inputs",
    [{}, {"reference": "x"}, {"paid_on": TODAY}, {"reference": " ", "paid_on": TODAY}, {**INPUTS, "paid_on": "soon"}],
)
def test_reference_and_date_are_needed(session, payout, clerk, inputs):
    """PAY-13"""
    with pytest.raises(InvalidFormError):
        send(session, SETTLE, payout, clerk, inputs)


def test_a_date_that_cannot_be_is_refused_at_submit(session, payout, clerk):
    """PAY-13: not only by the worker."""
    with pytest.raises(DomainError, match="on a day to come"):
        send(session, SETTLE, payout, clerk, {**INPUTS, "paid_on": "2999-01-01"})


def test_a_large_one_waits_for_a_second_person(session, clerk):
    """PAY-5, PAY-13, WHO-1: as a release does."""
    large = make_payout(session, price="10000.00")
    operation = send(session, SETTLE, large, clerk, INPUTS)
    assert operation.status is OperationStatus.AWAITING_APPROVAL
    with pytest.raises(SecondPersonError):
        approve(session, operation.id, clerk)
    assert approve(session, operation.id, acting_for(make_user(session))).status is OperationStatus.QUEUED
    assert large.status is PayoutStatus.PENDING


@pytest.mark.parametrize("role", [Role.ADMIN, Role.LOGISTICS, Role.VENDOR])
def test_only_finance_submits(session, payout, role):
    """PAY-13, WHO-1"""
    for action in (SETTLE, RETURNED):
        with pytest.raises(ForbiddenError):
            send(session, action, payout, acting_for(make_user(session, role)), INPUTS)


def test_a_return_is_reported(session, payout, clerk):
    """PAY-9, PAY-13"""
    SETTLE.run.run(session, payout, INPUTS, clerk)
    inputs = {"code": "account_closed", "reason": "Closed in May."}
    operation = send(session, RETURNED, payout, clerk, inputs)
    assert RETURNED.run.run(session, payout, operation.inputs, clerk) == "Failed: the bank sent it back."
    assert payout.failure_reason == "The vendor's bank account is closed. The bank says: Closed in May."


def test_a_return_of_stripes_own_is_not(session, payout, clerk):
    """PAY-9: Stripe tells."""
    what = RELEASE.run.begin(session, payout, {}, clerk)
    RELEASE.run.settle(session, payout, what, Succeeded(id="tr_1", status="created"), clerk)
    with pytest.raises(DomainError, match="Stripe tells by itself"):
        send(session, RETURNED, payout, clerk, {"code": "account_closed", "reason": "x"})
