"""Releasing a payout: checks at the last moment, what is stored before the call, what each answer means."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, SecondPersonError
from backoffice.gateways.payments import Refused, RetrySameKey, Succeeded, Unknown
from backoffice.permissions import Role
from backoffice.services.payouts import manage, send
from backoffice.services.provider_calls import OutgoingStoppedError
from models import (
    Notification,
    Order,
    OrderItem,
    Payout,
    PayoutItem,
    PlatformSetting,
    StatusHistory,
    Transaction,
    VendorProfile,
)
from models.payout import PayoutStatus
from tests.factories import acting_for, make_dispute, make_user
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
def large(session):
    """90 % of it, 9,000.00 USD, is above the threshold of 5,000.00."""
    return make_payout(session, price="10000.00")


def agreed(session, clerk, role=Role.FINANCE):
    return replace(clerk, approved_by=make_user(session, role).id)


def setting(session, key, value):
    session.execute(sa.update(PlatformSetting).where(PlatformSetting.key == key).values(value=value))


class TestBegin:
    def test_key_and_parameters_are_stored_before_the_call(self, session, payout, clerk):
        """IDE-1, M3: the call is made of what the row stores, whatever the vendor changes later."""
        first = send.begin(session, payout, acting=clerk)
        assert payout.status is PayoutStatus.PROCESSING
        assert payout.idempotency_key == first.key == f"payout:{payout.id}:transfer:1"
        assert (first.amount, first.currency, first.look_first) == (Decimal("90.00"), "USD", False)
        session.execute(sa.update(VendorProfile).values(stripe_account_id="acct_other"))
        again = send.resume(session, payout, acting=clerk)
        assert again == replace(first, look_first=True)
        assert payout.destination_account == first.account

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.VENDOR, Role.LOGISTICS])
    def test_only_finance_releases(self, session, payout, role):
        """WHO-1"""
        with pytest.raises(ForbiddenError):
            send.begin(session, payout, acting=acting_for(make_user(session, role)))

    def test_the_switch_stops_it(self, session, payout, clerk):
        """M15: before anything is written, and in the middle as well."""
        setting(session, "money.outgoing_stopped", value=True)
        with pytest.raises(OutgoingStoppedError):
            send.begin(session, payout, acting=clerk)
        assert (payout.status, payout.idempotency_key) == (PayoutStatus.PENDING, None)
        setting(session, "money.outgoing_stopped", value=False)
        send.begin(session, payout, acting=clerk)
        setting(session, "money.outgoing_stopped", value=True)
        with pytest.raises(OutgoingStoppedError):
            send.resume(session, payout, acting=clerk)

    def test_what_holds_it_is_asked_again(self, session, payout, clerk):
        """PAY-1, PAY-6: a dispute opened between click and run."""
        items = sa.select(OrderItem.order_id).join(PayoutItem, PayoutItem.order_item_id == OrderItem.id)
        order_id = session.scalars(items.where(PayoutItem.payout_id == payout.id)).one()
        make_dispute(session, order=session.get_one(Order, order_id))
        with pytest.raises(DomainError, match="a dispute is running") as refused:
            send.begin(session, payout, acting=clerk)
        assert refused.value.code == "disputed"

    def test_a_changed_item_set_is_not_what_was_approved(self, session, payout, clerk):
        """PAY-5, M10: the hash of the items is compared at the last moment."""
        payout.items_hash = "0" * 64
        with pytest.raises(DomainError) as refused:
            send.begin(session, payout, acting=clerk)
        assert refused.value.code == "items_changed"

    def test_the_amount_is_the_sum_of_its_items(self, session, payout):
        """PAY-4: the database does not let them differ."""
        session.execute(sa.update(Payout).where(Payout.id == payout.id).values(amount=Decimal("90.01")))
        with pytest.raises(IntegrityError):
            session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))

    @pytest.mark.parametrize("status", [PayoutStatus.CANCELLED, PayoutStatus.PROCESSING])
    def test_only_a_pending_one_is_begun(self, session, payout, clerk, status):
        """B12"""
        if status is PayoutStatus.CANCELLED:
            manage.cancel(session, payout, reason="Not now", acting=clerk)
        else:
            send.begin(session, payout, acting=clerk)
        with pytest.raises(IllegalTransitionError):
            send.begin(session, payout, acting=clerk)


class TestSecondPerson:
    def test_one_person_is_not_enough_from_the_threshold_on(self, session, large, clerk):
        """PAY-5, WHO-1: whoever calls; the maker is no second person."""
        for acting in (clerk, replace(clerk, approved_by=clerk.user_id)):
            with pytest.raises(SecondPersonError):
                send.begin(session, large, acting=acting)

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.ADMIN])
    def test_two_are(self, session, large, clerk, role):
        """PAY-5: the second may be an admin."""
        acting = agreed(session, clerk, role)
        assert send.begin(session, large, acting=acting) is not None
        assert (large.released_by, large.approved_by) == (clerk.user_id, acting.approved_by)
        assert large.second_person_required

    @pytest.mark.parametrize(("price", "needed"), [("5555.54", False), ("5555.56", True)])
    def test_equal_to_the_threshold_counts(self, session, price, needed):
        """PAY-5: 4,999.99 and 5,000.00 after ten percent of commission."""
        payout = make_payout(session, price=price)
        assert payout.amount == Decimal("5000.00" if needed else "4999.99")
        assert send.needs_second_person(session, payout) is needed

    def test_a_currency_without_threshold_always_needs_one(self, session):
        """PAY-5"""
        assert send.needs_second_person(session, make_payout(session, price="10.00", currency="CHF"))

    def test_the_database_refuses_self_approval(self, session, large, clerk):
        """PAY-5: CHECK second_person."""
        send.begin(session, large, acting=agreed(session, clerk))
        with pytest.raises(IntegrityError, match="ck_payouts_second_person"):
            session.execute(sa.text("UPDATE payouts SET approved_by = released_by"))


class TestSettle:
    def test_a_transfer_completes_by_setting(self, session, payout, clerk):
        """PAY-8, LED-8: payout, transaction, history and notice once, also when the answer comes twice."""
        what = send.begin(session, payout, acting=clerk)
        assert send.settle(session, payout, what, SENT, acting=clerk)
        assert send.settle(session, payout, what, SENT, acting=clerk)
        assert (payout.status, payout.stripe_transfer_id) == (PayoutStatus.COMPLETED, "tr_1")
        assert payout.processed_at is not None
        row = session.scalars(sa.select(Transaction).where(Transaction.payout_id == payout.id)).one()
        assert (row.amount, row.direction, row.status) == (Decimal("-90.00"), "out", "completed")
        told = session.scalars(
            sa.select(Notification).where(Notification.subject_id == payout.id, Notification.channel == "in_app")
        ).one()
        assert (told.user_id, told.event_key) == (payout.vendor_id, "payout.sent")
        steps = session.execute(
            sa.select(StatusHistory.to_status, StatusHistory.actor)
            .where(StatusHistory.entity_id == payout.id)
            .order_by(StatusHistory.created_at, StatusHistory.id)
        ).all()
        assert sorted(map(tuple, steps)) == [("completed", "P"), ("processing", "F")]
        assert send.resume(session, payout, acting=clerk) is None

    def test_a_transfer_is_not_yet_a_payout(self, session, payout, clerk):
        """PAY-8: with the other setting it stays processing, and is never sent again."""
        setting(session, "payouts.complete_on", value="payout")
        what = send.begin(session, payout, acting=clerk)
        assert send.settle(session, payout, what, SENT, acting=clerk)
        assert send.settle(session, payout, what, SENT, acting=clerk)
        assert (payout.status, payout.processed_at) == (PayoutStatus.PROCESSING, None)
        assert send.resume(session, payout, acting=clerk) is None
        assert session.scalar(sa.select(sa.func.count()).where(Transaction.payout_id == payout.id)) == 1
        setting(session, "payouts.complete_on", value="transfer")
        assert send.resume(session, payout, acting=clerk) is None
        assert payout.status is PayoutStatus.COMPLETED

    def test_a_refusal_has_code_and_words(self, session, payout, clerk):
        """PAY-11: a code of the closed list and what Stripe said; every finance clerk is told, the vendor is not."""
        what = send.begin(session, payout, acting=clerk)
        assert send.settle(session, payout, what, NO_MONEY, acting=clerk)
        assert (payout.status, payout.failure_code) == (PayoutStatus.FAILED, "balance_insufficient")
        assert "Insufficient funds." in payout.failure_reason
        told = session.scalars(
            sa.select(Notification.user_id).where(
                Notification.subject_id == payout.id, Notification.channel == "in_app"
            )
        ).all()
        assert clerk.user_id in told
        assert payout.vendor_id not in told

    def test_an_unknown_code_is_mapped(self, session, payout, clerk):
        """PAY-11: the list is closed."""
        what = send.begin(session, payout, acting=clerk)
        send.settle(session, payout, what, Refused(code="new_in_2027", message="No."), acting=clerk)
        assert payout.failure_code == "provider_refused"

    @pytest.mark.parametrize("outcome", [RetrySameKey("lost"), Unknown("500")])
    def test_what_is_not_final_stays_open(self, session, payout, clerk, outcome):
        """M4: the same key again."""
        what = send.begin(session, payout, acting=clerk)
        assert send.settle(session, payout, what, outcome, acting=clerk) is False
        assert send.resume(session, payout, acting=clerk).key == what.key

    def test_a_key_older_than_23_hours_is_marked(self, session, payout, clerk):
        """M5, IDE-2"""
        send.begin(session, payout, acting=clerk)
        for hours, old in ((22, False), (24, True)):
            payout.first_sent_at -= dt.timedelta(hours=hours)
            session.flush()
            assert send.resume(session, payout, acting=clerk).key_is_old is old
