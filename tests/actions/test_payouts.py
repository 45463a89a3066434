"""Payouts through the same path as page, command line and worker: plan, second person, run, retry, cancel."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.actions import registry
from backoffice.actions.base import Result, Target
from backoffice.actions.submit import Ids, One, approve, plan, submit
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError, StaleVersionError
from backoffice.gateways.payments import Refused, Succeeded
from backoffice.permissions import Role
from models import Notification, PlatformSetting, VendorProfile
from models.operation import OperationStatus
from models.payout import PayoutStatus
from tests.factories import acting_for, make_user
from tests.factories.payouts import make_payout

RELEASE, RETRY, CANCEL, CHECK = (registry.get(f"payout.{verb}") for verb in ("release", "retry", "cancel", "check"))
REFUSED = Refused(code="balance_insufficient", message="Too little.")


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def payout(session):
    return make_payout(session)


@pytest.fixture
def large(session):
    """9,000.00 USD, above the threshold of 5,000.00."""
    return make_payout(session, price="10000.00")


def send(session, action, selection, acting, inputs=None):
    key = uuid.uuid4().hex
    return submit(session, action, selection, inputs or {}, client_key=key, acting=acting, panel=acting.role)


def fail(session, payout, acting):
    what = RELEASE.run.begin(session, payout, {}, acting)
    return RELEASE.run.settle(session, payout, what, REFUSED, acting)


class TestPlan:
    def test_every_reason_that_holds_it_is_told(self, session, payout, clerk):
        """PAY-1: a held one says all its reasons; the sum is of those that go."""
        ready = make_payout(session, price="50.00")
        change = sa.update(VendorProfile).where(VendorProfile.vendor_id == payout.vendor_id)
        session.execute(change.values(payouts_enabled=False, requirements_past_due=True))
        targets = Ids([Target(id=one.id, version=None) for one in (payout, ready)])
        outcome = plan(session, RELEASE, targets, {}, clerk)
        held, goes = outcome.verdicts
        assert (held.ok, held.code) == (False, "held")
        assert held.message == "Stripe has not enabled payouts for the vendor. The vendor owes Stripe information."
        assert (goes.ok, outcome.totals, outcome.second_person) == (True, {"USD": Decimal("45.00")}, False)

    def test_a_held_one_alone_is_refused_at_submit(self, session, payout, clerk):
        """PAY-1"""
        session.execute(sa.update(VendorProfile).values(payouts_enabled=False))
        with pytest.raises(DomainError, match="not enabled") as refused:
            send(session, RELEASE, One(payout.id), clerk)
        assert refused.value.code == "held"

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.LOGISTICS, Role.VENDOR])
    def test_only_finance_submits(self, session, payout, role):
        """WHO-1: an admin may agree, not release."""
        for action in (RELEASE, RETRY, CANCEL, CHECK):
            with pytest.raises(ForbiddenError):
                send(session, action, One(payout.id), acting_for(make_user(session, role)))

    def test_a_payout_that_changed_is_stale(self, session, payout, clerk):
        """I8"""
        seen = payout.version
        payout.extra = {"note": "x"}
        session.flush()
        with pytest.raises(StaleVersionError):
            send(session, RELEASE, One(payout.id, version=seen), clerk)


class TestSecondPerson:
    def test_a_large_one_waits(self, session, large, clerk):
        """PAY-5, WHO-1: the maker cannot agree; colleagues in finance and admins are asked, the maker is not."""
        colleague, admin = make_user(session, Role.FINANCE), make_user(session)
        operation = send(session, RELEASE, One(large.id), clerk)
        assert operation.status is OperationStatus.AWAITING_APPROVAL
        told = set(session.scalars(sa.select(Notification.user_id).where(Notification.subject_id == operation.id)))
        assert {colleague.id, admin.id} <= told
        assert clerk.user_id not in told
        with pytest.raises(SecondPersonError):
            approve(session, operation.id, clerk)

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMIN])
    def test_a_second_person_lets_it_run(self, session, large, clerk, role):
        """PAY-5: what the worker then does is done in the name of both."""
        operation = send(session, RELEASE, One(large.id), clerk)
        second = acting_for(make_user(session, role))
        assert approve(session, operation.id, second).status is OperationStatus.QUEUED
        both = replace(clerk, approved_by=operation.approved_by)
        RELEASE.run.begin(session, large, {}, both)
        assert (large.released_by, large.approved_by) == (clerk.user_id, second.user_id)

    @pytest.mark.parametrize("role", [Role.LOGISTICS, Role.VENDOR])
    def test_others_cannot_agree(self, session, large, clerk, role):
        """WHO-1"""
        operation = send(session, RELEASE, One(large.id), clerk)
        with pytest.raises(DomainError):
            approve(session, operation.id, acting_for(make_user(session, role)))

    def test_a_change_voids_what_was_asked(self, session, large, clerk):
        """PAY-5, M10: the payout changed between submission and agreement."""
        operation = send(session, RELEASE, One(large.id), clerk)
        large.extra = {"changed": True}
        session.flush()
        approved = approve(session, operation.id, acting_for(make_user(session, Role.FINANCE)))
        assert approved.status is OperationStatus.REJECTED
        assert large.status is PayoutStatus.PENDING

    def test_one_large_among_small_ones_makes_all_wait(self, session, payout, large, clerk):
        """PAY-5: bulk is no way round."""
        targets = Ids([Target(id=one.id, version=None) for one in (payout, large)])
        assert send(session, RELEASE, targets, clerk).status is OperationStatus.AWAITING_APPROVAL

    def test_a_lower_threshold_counts_at_the_last_moment(self, session, payout, clerk):
        """PAY-5: submitted alone, the setting changed, so one person is not enough any more."""
        send(session, RELEASE, One(payout.id), clerk)
        lower = sa.update(PlatformSetting).where(PlatformSetting.key == "payouts.second_person_threshold")
        session.execute(lower.values(value={"USD": "10.00"}))
        with pytest.raises(SecondPersonError):
            RELEASE.run.begin(session, payout, {}, clerk)


class TestRun:
    def test_the_result_is_told(self, session, payout, clerk):
        """JOB-4, PAY-8"""
        what = RELEASE.run.begin(session, payout, {}, clerk)
        done = RELEASE.run.settle(session, payout, what, Succeeded(id="tr_1", status="created"), clerk)
        assert (done.result, done.message) == (Result.DONE, "90.00 USD transferred.")
        assert RELEASE.run.resume(session, payout, {}, clerk) == done

    def test_a_failure_has_code_and_words(self, session, payout, clerk):
        """PAY-11"""
        settled = fail(session, payout, clerk)
        assert (settled.result, settled.code) == (Result.FAILED, "balance_insufficient")
        assert settled.message == "The platform's Stripe balance is too low. Stripe says: Too little."

    def test_it_is_made_ready_again_and_the_old_run_leaves_it_alone(self, session, payout, clerk):
        """IDE-1: whoever still holds the first attempt starts no second one."""
        fail(session, payout, clerk)
        send(session, RETRY, One(payout.id), clerk)
        assert RETRY.run.run(session, payout, {}, clerk) == "Pending again."
        left = RELEASE.run.resume(session, payout, {}, clerk)
        assert (left.result, left.message) == (Result.FAILED, "The transfer failed; the payout is pending since.")
        assert (payout.status, payout.attempt) == (PayoutStatus.PENDING, 2)

    def test_cancelling_needs_a_reason(self, session, payout, clerk):
        """STM-1"""
        with pytest.raises(InvalidInputError):
            send(session, CANCEL, One(payout.id), clerk, {"reason": "  "})
        operation = send(session, CANCEL, One(payout.id), clerk, {"reason": "Wrong account"})
        assert (operation.reason, CANCEL.run.run(session, payout, operation.inputs, clerk)) == (
            "Wrong account",
            "Cancelled.",
        )

    def test_only_one_under_way_can_be_checked(self, session, payout, clerk):
        """B12"""
        with pytest.raises(DomainError, match="It is pending; this needs processing"):
            send(session, CHECK, One(payout.id), clerk)
        RELEASE.run.begin(session, payout, {}, clerk)
        send(session, CHECK, One(payout.id), clerk)
        assert CHECK.run.begin(session, payout, {}, clerk).look_first
