"""Another plan, cancelling, and ending at once."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError
from backoffice.permissions import Role
from backoffice.services.subscriptions import change, endings, invoices, renew
from models import StatusHistory, Subscription, SubscriptionInvoice, SubscriptionPlan, User
from models.subscription import BillingCycle, SubscriptionStatus
from models.subscription_invoice import InvoiceKind, InvoiceStatus, PaidBy, Settlement
from tests.factories import acting_for, make_user
from tests.services.subscriptions.conftest import APRIL, MAY, SYSTEM, invoices_of, on, plan_of

MONTHLY, YEARLY = BillingCycle.MONTHLY, BillingCycle.YEARLY


def settle(session: Session, subscription: Subscription) -> None:
    """Pay whatever is open."""
    for invoice in invoices.outstanding(session, subscription):
        invoices.pay(session, invoice, paid_by=PaidBy.CARD, now=APRIL, acting=SYSTEM)


def change_to(
    session: Session, subscription: Subscription, plan: SubscriptionPlan, day: int, cycle: BillingCycle = MONTHLY
) -> SubscriptionInvoice | None:
    vendor = acting_for(session.get_one(User, subscription.vendor_id))
    return change.change_plan(session, subscription, plan, cycle, now=on(day), acting=vendor)


class TestChangePlan:
    def test_an_upgrade_holds_at_once_for_the_difference(self, session: Session, subscription: Subscription) -> None:
        """SUB-3: 30.00 -> 60.00 in a 30-day month with 20 days left is 20.00; older orders keep their rate (COM-1)."""
        settle(session, subscription)
        large = plan_of(session, "60.00", commission_rate=Decimal("0.05"))
        invoice = change_to(session, subscription, large, 11)
        assert invoice is not None
        assert (invoice.kind, invoice.charge, invoice.credit, invoice.amount) == (
            InvoiceKind.PRORATION, Decimal("40.00"), Decimal("20.00"), Decimal("20.00"),
        )  # fmt: skip
        assert (subscription.plan_id, subscription.amount) == (large.id, Decimal("60.00"))
        assert (subscription.commission_rate, subscription.previous_commission_rate) == (
            Decimal("0.05"), Decimal("0.08"),
        )  # fmt: skip
        assert (subscription.commission_rate_since, subscription.next_billing_date) == (on(11), MAY)

    def test_twice_in_a_period_never_credits_more_than_paid(self, session: Session, subscription: Subscription) -> None:
        """SUB-3: 30 + 40 paid, 20 credited, then 40 of 60.00 for 20 days; the third is refused while one is open."""
        settle(session, subscription)
        change_to(session, subscription, plan_of(session, "60.00"), 11)
        settle(session, subscription)
        second = change_to(session, subscription, plan_of(session, "90.00"), 11)
        assert second is not None
        assert (second.credit, second.charge) == (Decimal("40.00"), Decimal("60.00"))
        with pytest.raises(DomainError, match="Pay the open invoice first"):
            change_to(session, subscription, plan_of(session, "120.00"), 12)
        paid = [one for one in invoices_of(session, subscription) if one.status is InvoiceStatus.PAID]
        assert sum(one.credit for one in invoices_of(session, subscription)) <= sum(one.charge for one in paid)

    @pytest.mark.parametrize(("price", "cycle"), [("10.00", MONTHLY), ("30.00", MONTHLY), ("60.00", YEARLY)])
    def test_anything_else_waits_for_the_end_of_the_period(
        self, session: Session, subscription: Subscription, price: str, cycle: BillingCycle
    ) -> None:
        """SUB-4: a downgrade, and another cycle, are what the next renewal brings."""
        other = plan_of(session, price, commission_rate=Decimal("0.2"))
        assert change_to(session, subscription, other, 11, cycle) is None
        assert (subscription.amount, subscription.commission_rate) == (Decimal("30.00"), Decimal("0.08"))
        invoice = renew.renew(session, subscription, now=MAY, acting=SYSTEM)
        assert invoice is not None
        assert (subscription.plan_id, subscription.billing_cycle) == (other.id, cycle)
        assert invoice.amount == renew.price(other, cycle)
        assert (subscription.commission_rate, subscription.commission_rate_since) == (Decimal("0.2"), MAY)

    def test_what_cannot_be_chosen(self, session: Session, subscription: Subscription, vendor: User) -> None:
        same = session.get_one(SubscriptionPlan, subscription.plan_id)
        for plan, cycle, words in (
            (same, MONTHLY, "the plan already"),
            (plan_of(session, "60.00", currency="EUR"), MONTHLY, "keeps its currency"),
            (plan_of(session, "60.00", is_active=False), MONTHLY, "not offered"),
        ):
            with pytest.raises(DomainError, match=words):
                change_to(session, subscription, plan, 11, cycle)
        change.cancel(session, subscription, reason="Enough.", now=on(3), acting=acting_for(vendor))
        with pytest.raises(DomainError, match="that renews"):
            change_to(session, subscription, plan_of(session, "60.00"), 11)

    def test_without_a_period_nothing_can_be_counted(self, session: Session, subscription: Subscription) -> None:
        settle(session, subscription)
        subscription.period_start = None
        with pytest.raises(DomainError, match="no period that runs"):
            change_to(session, subscription, plan_of(session, "60.00"), 11)


class TestCancel:
    def test_it_lasts_until_the_end_and_then_expires(
        self, session: Session, subscription: Subscription, vendor: User
    ) -> None:
        """SUB-4, B12: cancelled means that it will not renew; the job expires it, and not before."""
        change_to(session, subscription, plan_of(session, "10.00"), 2)
        change.cancel(session, subscription, reason="Enough.", now=on(3), acting=acting_for(vendor))
        assert (subscription.status, subscription.end_date) == (SubscriptionStatus.CANCELLED, MAY)
        assert (subscription.next_billing_date, subscription.next_plan_id) == (None, None)
        assert endings.expire(session, now=on(30), limit=9, acting=SYSTEM) == 0
        assert endings.expire(session, now=MAY, limit=9, acting=SYSTEM) == 1
        assert endings.expire(session, now=MAY, limit=9, acting=SYSTEM) == 0
        assert subscription.status is SubscriptionStatus.EXPIRED
        steps = session.scalars(
            sa.select(StatusHistory.actor).where(StatusHistory.entity_id == subscription.id).order_by(StatusHistory.id)
        ).all()
        assert steps == ["V", "S"]

    def test_it_can_be_taken_back_until_then(self, session: Session, subscription: Subscription, vendor: User) -> None:
        """SUB-4, B12: by the vendor, without a gap."""
        who = acting_for(vendor)
        change.cancel(session, subscription, reason="Enough.", now=on(3), acting=who)
        with pytest.raises(ForbiddenError):
            change.undo_cancel(session, subscription, now=on(4), acting=acting_for(make_user(session)))
        change.undo_cancel(session, subscription, now=on(4), acting=who)
        assert (subscription.status, subscription.end_date, subscription.cancelled_at) == (
            SubscriptionStatus.ACTIVE, None, None,
        )  # fmt: skip
        assert subscription.next_billing_date == MAY
        change.cancel(session, subscription, reason="Enough.", now=on(5), acting=who)
        with pytest.raises(DomainError, match="subscribe anew"):
            change.undo_cancel(session, subscription, now=MAY, acting=who)

    def test_a_suspended_one_has_nothing_left(self, session: Session, subscription: Subscription, vendor: User) -> None:
        """SUB-4, SUB-6: cancelling does not bring back what a suspension took."""
        admin = acting_for(make_user(session))
        change.suspend(session, subscription, reason="Fraud.", now=on(2), acting=admin)
        change.cancel(session, subscription, reason="Enough.", now=on(3), acting=acting_for(vendor))
        assert subscription.end_date == on(3)

    def test_nobody_else(self, session: Session, subscription: Subscription) -> None:
        finance = acting_for(make_user(session, Role.FINANCE))
        with pytest.raises(ForbiddenError):
            change.cancel(session, subscription, reason="No.", now=on(3), acting=finance)


class TestTerminate:
    @pytest.mark.parametrize("settlement", [Settlement.CREDIT, Settlement.REFUND])
    def test_what_is_left_of_the_period_is_owed(
        self, session: Session, subscription: Subscription, settlement: Settlement
    ) -> None:
        """SUB-4: 20 of 30 days of 30.00 that were paid."""
        settle(session, subscription)
        given = terminate(session, subscription, settlement)
        note = invoices_of(session, subscription)[-1]
        assert (given, note.amount, note.settlement, note.status) == (
            Decimal("20.00"), Decimal("-20.00"), settlement, InvoiceStatus.OPEN,
        )  # fmt: skip
        assert (subscription.status, subscription.end_date) == (SubscriptionStatus.EXPIRED, on(11))

    @pytest.mark.parametrize("settlement", [Settlement.CREDIT, Settlement.REFUND, Settlement.SKIP])
    def test_what_was_not_paid_is_not_given_back(
        self, session: Session, subscription: Subscription, settlement: Settlement
    ) -> None:
        """SUB-4: and skip gives nothing in any case."""
        assert terminate(session, subscription, settlement) == 0
        assert len(invoices_of(session, subscription)) == 1

    def test_what_is_open_is_lowered(self, session: Session, subscription: Subscription) -> None:
        """SUB-4, offset: of 30.00 open, the 20.00 that were not used."""
        assert terminate(session, subscription, Settlement.OFFSET) == Decimal("20.00")
        [invoice] = invoices_of(session, subscription)
        assert (invoice.credit, invoice.amount, invoice.status) == (
            Decimal("20.00"), Decimal("10.00"), InvoiceStatus.OPEN,
        )  # fmt: skip

    def test_on_the_first_day_nothing_stays_open(self, session: Session, subscription: Subscription) -> None:
        """SUB-4, offset: today counts as still to come."""
        assert terminate(session, subscription, Settlement.OFFSET, day=1) == Decimal("30.00")
        assert invoices_of(session, subscription)[0].status is InvoiceStatus.PAID

    def test_a_subscription_without_a_period_is_worth_nothing(
        self, session: Session, subscription: Subscription
    ) -> None:
        subscription.period_start = None
        assert terminate(session, subscription, Settlement.CREDIT) == 0
        with pytest.raises(IllegalTransitionError):
            terminate(session, subscription, Settlement.SKIP)

    def test_credit_is_taken_off_later_invoices(
        self, session: Session, subscription: Subscription, vendor: User
    ) -> None:
        """SUB-4: 20.00 of credit pay 15.00, then 5.00 of the next 15.00, and are used up; a refund is not touched."""
        settle(session, subscription)
        terminate(session, subscription, Settlement.CREDIT)
        note = invoices_of(session, subscription)[-1]
        again = renew.start(session, vendor, plan_of(session, "15.00"), MONTHLY, now=on(12), acting=SYSTEM)
        [first] = invoices_of(session, again)
        assert (first.credit, first.amount, first.status) == (Decimal("15.00"), 0, InvoiceStatus.PAID)
        assert (note.credit_used, note.status) == (Decimal("15.00"), InvoiceStatus.OPEN)
        renew.renew(session, again, now=MAY, acting=SYSTEM)
        second = invoices_of(session, again)[-1]
        assert (second.credit, second.amount, second.status) == (
            Decimal("5.00"), Decimal("10.00"), InvoiceStatus.OPEN,
        )  # fmt: skip
        assert (note.credit_used, note.status) == (Decimal("20.00"), InvoiceStatus.PAID)


class TestSuspend:
    def test_an_admin_suspends_and_reinstates(self, session: Session, subscription: Subscription, vendor: User) -> None:
        """B12: suspended by hand it waits for a hand, however long."""
        admin = acting_for(make_user(session))
        change.suspend(session, subscription, reason="Fraud.", now=APRIL, acting=admin)
        assert endings.expire(session, now=MAY.replace(year=2030), limit=9, acting=SYSTEM) == 0
        change.reinstate(session, subscription, reason="Cleared.", acting=admin)
        assert (subscription.status, subscription.suspended_at) == (SubscriptionStatus.ACTIVE, None)
        with pytest.raises(ForbiddenError):
            change.suspend(session, subscription, reason="No.", now=APRIL, acting=acting_for(vendor))


def terminate(session: Session, subscription: Subscription, settlement: Settlement, *, day: int = 11) -> Decimal:
    admin = acting_for(make_user(session))
    return change.terminate(session, subscription, settlement, reason="Closed.", now=on(day), acting=admin)
