"""Beginning a subscription, its next periods, and the terms that they bring."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.database import session_factory
from backoffice.errors import DomainError, ForbiddenError
from backoffice.jobs import sweeps
from backoffice.permissions import Role
from backoffice.services.subscriptions import change, notices, renew
from models import Notification, Subscription, SubscriptionInvoice, SubscriptionPlan, User
from models.subscription import BillingCycle
from models.subscription_invoice import InvoiceKind, InvoiceStatus
from tests.factories import acting_for, make_subscription, make_user, make_vendor
from tests.models.refusals import refused
from tests.services.subscriptions.conftest import APRIL, MAY, SYSTEM, invoices_of, on, plan_of


class TestStart:
    def test_terms_are_copied(self, session: Session, subscription: Subscription) -> None:
        """SUB-1: an edit of the plan does not reach a subscription that runs."""
        plan = session.get_one(SubscriptionPlan, subscription.plan_id)
        plan.monthly_price, plan.commission_rate = Decimal("99.00"), Decimal("0.5")
        session.flush()
        session.refresh(subscription)
        assert (subscription.amount, subscription.commission_rate) == (Decimal("30.00"), Decimal("0.08"))
        assert (subscription.period_start, subscription.next_billing_date) == (APRIL, MAY)
        [first] = invoices_of(session, subscription)
        assert (first.kind, first.status, first.amount) == (InvoiceKind.RENEWAL, InvoiceStatus.OPEN, Decimal("30.00"))
        assert (first.period_start, first.period_end, first.next_attempt_at) == (APRIL, MAY, APRIL)

    def test_one_at_a_time(self, session: Session, subscription: Subscription, vendor: User) -> None:
        """SUB-1: the database refuses a second that is not expired."""
        plan = session.get_one(SubscriptionPlan, subscription.plan_id)
        with refused(session, "uq_subscriptions_running"):
            renew.start(session, vendor, plan, BillingCycle.YEARLY, now=APRIL, acting=SYSTEM)

    def test_what_costs_nothing_is_paid(self, session: Session, vendor: User) -> None:
        free = renew.start(session, vendor, plan_of(session, "0"), BillingCycle.YEARLY, now=APRIL, acting=SYSTEM)
        [invoice] = invoices_of(session, free)
        assert (invoice.status, invoice.paid_by, invoice.next_attempt_at) == (InvoiceStatus.PAID, None, None)
        assert free.next_billing_date == APRIL.replace(year=2027)

    def test_not_by_somebody_else(self, session: Session, vendor: User) -> None:
        finance = acting_for(make_user(session, Role.FINANCE))
        with pytest.raises(ForbiddenError):
            renew.start(session, vendor, plan_of(session, "1"), BillingCycle.MONTHLY, now=APRIL, acting=finance)

    def test_not_on_a_plan_that_is_closed(self, session: Session, vendor: User) -> None:
        closed = plan_of(session, "1", is_active=False)
        with pytest.raises(DomainError, match="not offered"):
            renew.start(session, vendor, closed, BillingCycle.MONTHLY, now=APRIL, acting=SYSTEM)


class TestRenew:
    def test_a_period_has_one_invoice(self, session: Session, subscription: Subscription) -> None:
        """SUB-2: the same period again makes none, and the anchor goes on."""
        assert renew.renew(session, subscription, now=MAY, acting=SYSTEM) is not None
        subscription.next_billing_date = MAY
        assert renew.renew(session, subscription, now=MAY, acting=SYSTEM) is None
        assert [one.period_start for one in invoices_of(session, subscription)] == [APRIL, MAY]
        assert subscription.next_billing_date == MAY.replace(month=6)

    def test_the_database_refuses_a_second_one(self, session: Session, subscription: Subscription) -> None:
        """SUB-2."""
        [first] = invoices_of(session, subscription)
        copy = {column.name: getattr(first, column.name) for column in SubscriptionInvoice.__table__.columns}
        with refused(session, "uq_subscription_invoices_period"):
            session.execute(sa.insert(SubscriptionInvoice).values(**(copy | {"id": sa.func.uuid7()})))

    def test_what_ends_is_not_renewed(self, session: Session, subscription: Subscription) -> None:
        subscription.next_billing_date = None
        with pytest.raises(ValueError, match="not renewed"):
            renew.renew(session, subscription, now=MAY, acting=SYSTEM)

    def test_only_what_is_over_is_due(self, session: Session, subscription: Subscription, vendor: User) -> None:
        assert renew.due(session, now=MAY - dt.timedelta(seconds=1), limit=9) == []
        assert renew.due(session, now=MAY, limit=9) == [subscription]
        change.cancel(session, subscription, reason="Enough.", now=MAY, acting=acting_for(vendor))
        assert renew.due(session, now=MAY, limit=9) == []

    def test_after_a_pause_no_period_is_left_out(self, session: Session, subscription: Subscription) -> None:
        """SUB-2, J16: the sweep of today catches up, one period a run, and the run after that makes nothing."""
        month = dt.datetime.now(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        subscription.next_billing_date = (month - dt.timedelta(days=1)).replace(day=1)
        subscription.billing_anchor_day = 1
        session.flush()
        for _ in range(4):
            sweeps.renew_subscriptions(session)
        starts = [one.period_start for one in invoices_of(session, subscription)][1:]
        assert starts == [(month - dt.timedelta(days=1)).replace(day=1), month]

    def test_two_schedulers_make_one(self, clean_database: sa.Engine) -> None:
        """SUB-2, J16: whoever comes second leaves what the first is working on."""
        sessions = session_factory(clean_database)
        with sessions.begin() as session:
            past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
            made = make_subscription(session, vendor=make_vendor(session), next_billing_date=past)
        ready = threading.Barrier(2)

        def sweep() -> None:
            with sessions.begin() as session:
                ready.wait()
                sweeps.renew_subscriptions(session)

        both = [threading.Thread(target=sweep) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        with sessions() as session:
            assert len(invoices_of(session, session.get_one(Subscription, made.id))) == 1


class TestNotices:
    def test_new_terms_come_after_the_notice(self, session: Session, subscription: Subscription) -> None:
        """SUB-1: told on the 2nd, the terms hold from the renewal on 1 May, 14 days later at least; told once."""
        plan = session.get_one(SubscriptionPlan, subscription.plan_id)
        plan.monthly_price, plan.commission_rate = Decimal("35.00"), Decimal("0.07")
        session.flush()
        assert notices.tell(session, now=on(2), limit=9) == 1
        assert notices.tell(session, now=on(3), limit=9) == 0
        [note] = session.scalars(
            sa.select(Notification).where(
                Notification.event_key == "subscription.new_terms", Notification.channel == "in_app"
            )
        )
        assert "35.00 USD a period, and commission is 7 %" in note.message
        renew.renew(session, subscription, now=MAY, acting=SYSTEM)
        assert (subscription.amount, subscription.commission_rate) == (Decimal("35.00"), Decimal("0.07"))
        assert (subscription.previous_commission_rate, subscription.commission_rate_since) == (Decimal("0.08"), MAY)
        assert subscription.next_from is None

    def test_a_late_notice_waits_for_the_renewal_after(self, session: Session, subscription: Subscription) -> None:
        """SUB-1: told on the 20th is too late for 1 May."""
        session.get_one(SubscriptionPlan, subscription.plan_id).monthly_price = Decimal("35.00")
        session.flush()
        notices.tell(session, now=on(20), limit=9)
        renew.renew(session, subscription, now=MAY, acting=SYSTEM)
        assert subscription.amount == Decimal("30.00")
        renew.renew(session, subscription, now=MAY.replace(month=6), acting=SYSTEM)
        assert (subscription.amount, subscription.previous_commission_rate) == (Decimal("35.00"), None)

    def test_who_has_chosen_a_cheaper_plan_gets_what_was_agreed(
        self, session: Session, subscription: Subscription, vendor: User
    ) -> None:
        """SUB-1, SUB-4."""
        small = plan_of(session, "10.00")
        change.change_plan(session, subscription, small, BillingCycle.MONTHLY, now=on(2), acting=acting_for(vendor))
        small.monthly_price = Decimal("15.00")
        session.get_one(SubscriptionPlan, subscription.plan_id).monthly_price = Decimal("35.00")
        session.flush()
        assert notices.tell(session, now=on(3), limit=9) == 0
        renew.renew(session, subscription, now=MAY, acting=SYSTEM)
        assert subscription.amount == Decimal("10.00")
