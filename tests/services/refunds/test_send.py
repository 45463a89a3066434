"""Deciding on a refund and carrying it to Stripe: begin, call, settle."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError, SecondPersonError
from backoffice.gateways.payments import Refused, RetrySameKey, Succeeded, Unknown
from backoffice.permissions import Role
from backoffice.services.failures import NOT_EXECUTED
from backoffice.services.provider_calls import OutgoingStoppedError, perform
from backoffice.services.refunds import decide, send
from backoffice.services.refunds.request import request
from models import Notification, PlatformSetting, StatusHistory, Transaction
from models.order import PaymentStatus
from models.payment import PaymentState
from models.refund import RefundKind, RefundReason, RefundStatus
from tests.factories.acting import acting_for
from tests.factories.orders import make_order, payment_of
from tests.factories.users import make_user

PAID = Succeeded(id="re_1", status="succeeded")


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def admin(session):
    return acting_for(make_user(session, Role.ADMIN))


@pytest.fixture
def order(session):
    return make_order(session, lines=((1, "1000.00"),))


def ask(session, order, acting, amount="100.00"):
    return request(
        session,
        order=order,
        kind=RefundKind.GOODWILL,
        reason=RefundReason.GOODWILL,
        amount=Decimal(amount),
        acting=acting,
    )


def pay(session, refund, acting, outcome=PAID):
    what = send.begin(session, refund, acting=acting)
    return send.settle(session, refund, what, outcome, acting=acting)


class TestChecker:
    def test_maker_and_checker_are_two_above_the_threshold(self, session, order, clerk):
        """REF-5, WHO-1: the service every path calls refuses the maker."""
        refund = ask(session, order, clerk, "500.00")
        with pytest.raises(SecondPersonError):
            send.begin(session, refund, acting=clerk)
        other = acting_for(make_user(session, Role.FINANCE))
        assert send.begin(session, refund, acting=other) is not None
        assert refund.approved_by == other.user_id

    def test_below_the_threshold_one_person_is_enough(self, session, order, clerk):
        """REF-5"""
        refund = ask(session, order, clerk, "499.99")
        assert send.begin(session, refund, acting=clerk) is not None

    def test_the_database_refuses_it_too(self, session, order, clerk):
        """REF-5: CHECK second_person."""
        ask(session, order, clerk, "500.00")
        self_approval = "UPDATE refunds SET status = 'approved', approved_by = requested_by, approved_at = now()"
        with pytest.raises(IntegrityError, match="ck_refunds_second_person"):
            session.execute(sa.text(self_approval))

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.VENDOR, Role.LOGISTICS])
    def test_only_finance_approves(self, session, order, admin, role):
        """WHO-1"""
        refund = ask(session, order, admin)
        with pytest.raises(ForbiddenError):
            send.begin(session, refund, acting=acting_for(make_user(session, role)))

    def test_a_rejection_needs_a_reason_and_frees_the_reserve(self, session, order, admin, clerk):
        """REF-4: requested to rejected."""
        refund = ask(session, order, admin)
        with pytest.raises(InvalidInputError):
            decide.reject(session, refund, note=" ", acting=clerk)
        decide.reject(session, refund, note="No receipt", acting=clerk)
        assert payment_of(session, order).refund_reserved == 0
        told = session.scalars(sa.select(Notification).where(Notification.event_key == "refund.rejected")).one()
        assert told.user_id == admin.user_id
        with pytest.raises(IllegalTransitionError):
            send.begin(session, refund, acting=clerk)

    def test_only_finance_rejects(self, session, order, admin):
        """WHO-1"""
        with pytest.raises(ForbiddenError):
            decide.reject(session, ask(session, order, admin), note="No.", acting=admin)

    def test_what_did_not_fail_is_not_tried_again(self, session, order, admin, clerk):
        """REF-4, IDE-1"""
        with pytest.raises(DomainError, match="Only a failed refund"):
            decide.retry(session, ask(session, order, admin), acting=clerk)

    def test_trying_again_counts_what_was_given_back_meanwhile(self, session, order, admin, clerk):
        """REF-1: a failed refund reserves nothing, so its amount may be gone."""
        refund = ask(session, order, admin, "600.00")
        pay(session, refund, clerk, Refused(code="declined", message="No."))
        ask(session, order, admin, "450.00")
        with pytest.raises(DomainError, match="Only 550") as caught:
            decide.retry(session, refund, acting=clerk)
        assert caught.value.code == "refund_exceeds_balance"

    def test_a_payment_from_elsewhere_cannot_go_back_through_stripe(self, session, order, admin, clerk):
        """REF-1, M3: refused before anything is written."""
        refund = ask(session, order, admin)
        payment_of(session, order).stripe_payment_intent_id = None
        session.flush()
        with pytest.raises(DomainError) as caught:
            send.begin(session, refund, acting=clerk)
        assert caught.value.code == "no_intent"


class TestBegin:
    def test_key_and_parameters_are_stored_before_the_call(self, session, order, admin, clerk):
        """IDE-1, M3: the call is made of what the row stores, whatever the payment says later."""
        refund = ask(session, order, admin)
        first = send.begin(session, refund, acting=clerk)
        assert refund.idempotency_key == f"refund:{refund.id}:1"
        payment_of(session, order).stripe_payment_intent_id = "pi_other"
        session.flush()
        again = send.resume(session, refund)
        assert (again.key, again.payment_intent) == (first.key, first.payment_intent)
        assert (first.look_first, again.look_first) == (False, True)

    def test_the_switch_stops_it(self, session, order, admin, clerk):
        """M15"""
        refund = ask(session, order, admin)
        session.execute(
            sa.update(PlatformSetting).where(PlatformSetting.key == "money.outgoing_stopped").values(value=True)
        )
        with pytest.raises(OutgoingStoppedError):
            send.begin(session, refund, acting=clerk)
        assert refund.status is RefundStatus.REQUESTED

    def test_the_switch_stops_what_has_begun_too(self, session, order, admin, clerk):
        """M15: the next step sends nothing, and the refund keeps its key."""
        refund = ask(session, order, admin)
        send.begin(session, refund, acting=clerk)
        session.execute(
            sa.update(PlatformSetting).where(PlatformSetting.key == "money.outgoing_stopped").values(value=True)
        )
        with pytest.raises(OutgoingStoppedError):
            send.resume(session, refund)
        assert refund.status is RefundStatus.PROCESSING

    def test_going_on_never_begins_anew(self, session, order, admin, clerk):
        """IDE-1: a refund that failed meanwhile waits for a person, whoever still holds it."""
        refund = ask(session, order, admin)
        pay(session, refund, clerk, Refused(code="charge_disputed", message="no"))
        assert send.resume(session, refund) is None
        assert (refund.status, refund.attempt) == (RefundStatus.FAILED, 1)

    def test_what_is_under_way_cannot_be_begun(self, session, order, admin, clerk):
        """REF-4"""
        refund = ask(session, order, admin)
        send.begin(session, refund, acting=clerk)
        with pytest.raises(IllegalTransitionError, match="processing cannot be sent"):
            send.begin(session, refund, acting=clerk)


class TestSettle:
    def test_success_is_recorded_once(self, session, order, admin, clerk):
        """REF-4, REF-7, LED-8: refund, order, transaction and history, also when the answer comes twice."""
        refund = ask(session, order, admin)
        what = send.begin(session, refund, acting=clerk)
        assert send.settle(session, refund, what, PAID, acting=clerk)
        assert send.settle(session, refund, what, PAID, acting=clerk)
        assert refund.status is RefundStatus.SUCCEEDED
        assert order.payment_status is PaymentStatus.PARTIALLY_REFUNDED
        row = session.scalars(sa.select(Transaction).where(Transaction.refund_id == refund.id)).one()
        assert (row.amount, row.direction) == (Decimal("-100.00"), "out")
        steps = session.scalars(
            sa.select(StatusHistory.to_status)
            .where(StatusHistory.entity_id == refund.id)
            .order_by(StatusHistory.created_at, StatusHistory.id)
        ).all()
        assert set(steps) == {"requested", "approved", "processing", "succeeded"}
        assert send.resume(session, refund) is None

    def test_three_partials_make_refunded(self, session, admin, clerk):
        """REF-7: three partials that sum to what was captured give `refunded`, on the order and on the payment."""
        order = make_order(session, lines=((1, "100.00"),))
        for number, amount in enumerate(("33.33", "33.33", "33.34")):
            refund = ask(session, order, admin, amount)
            pay(session, refund, clerk, Succeeded(id=f"re_{number}", status="succeeded"))
        assert order.payment_status is PaymentStatus.REFUNDED
        assert payment_of(session, order).status is PaymentState.REFUNDED

    def test_a_failure_comes_back_with_the_reason_and_can_be_tried_anew(self, session, order, admin, clerk):
        """REF-4, IDE-1, PAY-11: a definite failure has a code, the provider's words, and its retry a new key."""
        refund = ask(session, order, admin)
        pay(session, refund, clerk, Refused(code="charge_disputed", message="The charge is disputed."))
        assert (refund.status, refund.failure_code) == (RefundStatus.FAILED, "charge_disputed")
        assert "The charge is disputed." in refund.failure_reason
        assert payment_of(session, order).refund_reserved == 0
        what = send.begin(session, refund, acting=clerk)
        assert what.key == f"refund:{refund.id}:2"
        assert not what.look_first
        send.settle(session, refund, what, PAID, acting=clerk)
        statuses = session.scalars(sa.select(Transaction.status).where(Transaction.refund_id == refund.id)).all()
        assert sorted(statuses) == ["completed", "failed"]

    @pytest.mark.parametrize("outcome", [RetrySameKey("lost"), Unknown("500"), Succeeded(id="re_1", status="pending")])
    def test_what_is_not_final_stays_open(self, session, order, admin, clerk, outcome):
        """M4: asked again with the same key."""
        refund = ask(session, order, admin)
        assert pay(session, refund, clerk, outcome) is False
        assert refund.status is RefundStatus.PROCESSING
        assert send.resume(session, refund).key == f"refund:{refund.id}:1"

    def test_an_answer_to_an_older_attempt_changes_nothing(self, session, order, admin, clerk):
        """REF-4: a late writer loses."""
        refund = ask(session, order, admin)
        what = send.begin(session, refund, acting=clerk)
        send.settle(session, refund, what, Refused(code="x", message="no"), acting=clerk)
        send.begin(session, refund, acting=clerk)
        assert send.settle(session, refund, what, PAID, acting=clerk)
        assert refund.status is RefundStatus.PROCESSING

    def test_a_key_older_than_a_day_is_marked(self, session, order, admin, clerk):
        """M5, IDE-2"""
        refund = ask(session, order, admin)
        send.begin(session, refund, acting=clerk)
        refund.first_sent_at -= dt.timedelta(hours=24)
        session.flush()
        assert send.resume(session, refund).key_is_old


class TestPerform:
    """IDE-2, M4: each branch of asking a provider."""

    @staticmethod
    def asked(create, found, **flags):
        calls = []

        def make():
            calls.append("create")
            return create

        def find():
            calls.append("find")
            return found

        return perform(create=make, find=find, **{"look_first": False, "key_is_old": False, **flags}), calls

    def test_the_first_time_it_is_sent(self):
        """IDE-2"""
        assert self.asked(PAID, None) == (PAID, ["create"])

    def test_again_it_is_looked_up_and_adopted(self):
        """IDE-2"""
        assert self.asked(None, PAID, look_first=True) == (PAID, ["find"])

    def test_again_and_absent_it_is_sent_with_the_same_key(self):
        """IDE-2"""
        assert self.asked(PAID, None, look_first=True) == (PAID, ["find", "create"])

    def test_unknown_is_looked_up(self):
        """IDE-2: a cached 500 must not lead to a new key."""
        assert self.asked(Unknown("500"), PAID) == (PAID, ["create", "find"])
        assert self.asked(Unknown("500"), None) == (Unknown("500"), ["create", "find"])

    def test_an_old_key_is_never_sent_again(self):
        """M5: what Stripe does not have after a day was not executed."""
        outcome, calls = self.asked(PAID, None, look_first=True, key_is_old=True)
        assert (outcome.code, calls) == (NOT_EXECUTED, ["find"])
