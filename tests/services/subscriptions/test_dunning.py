"""Fees that cannot be collected, from where they are taken, and what people decide about invoices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.enums import Actor
from backoffice.errors import ForbiddenError, IllegalTransitionError
from backoffice.permissions import Role
from backoffice.services.ledger import balances, journal
from backoffice.services.ledger.journal import Posting, Source
from backoffice.services.ledger.lines import credit, debit
from backoffice.services.ledger.postings import earning_available
from backoffice.services.subscriptions import change, collect, dunning, endings, invoices, renew
from models import Notification, PlatformSetting, Subscription, SubscriptionInvoice, Transaction, User
from models.base import uuid7
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.subscription import SubscriptionStatus
from models.subscription_invoice import InvoiceStatus, PaidBy, Settlement
from models.transaction import TransactionDirection, TransactionType
from tests.factories import acting_for, make_user
from tests.services.subscriptions.conftest import APRIL, MAY, SYSTEM, invoices_of, on

DAYS = (0, 1, 3, 5, 7)


def fail(session: Session, invoice: SubscriptionInvoice, now: dt.datetime) -> None:
    dunning.failed(session, invoice, attempt=invoice.attempts + 1, why="Declined.", now=now, acting=SYSTEM)


def exhaust(session: Session, subscription: Subscription) -> SubscriptionInvoice:
    """Every attempt at the first invoice fails on its day."""
    [invoice] = invoices_of(session, subscription)
    for day in DAYS:
        assert invoice.next_attempt_at == APRIL + dt.timedelta(days=day)
        assert subscription.status is SubscriptionStatus.ACTIVE
        fail(session, invoice, invoice.next_attempt_at)
    return invoice


class TestSchedule:
    def test_five_attempts_then_suspended_then_expired(self, session: Session, subscription: Subscription) -> None:
        """SUB-5: days 0, 1, 3, 5, 7; the plan stays until the last; 30 days later it is over and the fee given up."""
        invoice = exhaust(session, subscription)
        assert (subscription.status, invoice.next_attempt_at, invoice.attempts) == (
            SubscriptionStatus.SUSPENDED, None, 5,
        )  # fmt: skip
        assert (subscription.unpaid_since, subscription.suspended_at) == (APRIL, on(8))
        told = session.scalars(
            sa.select(Notification).where(
                Notification.event_key == "subscription.suspended", Notification.channel == "in_app"
            )
        )
        assert [one.user_id for one in told] == [subscription.vendor_id]
        assert renew.due(session, now=MAY, limit=9) == []
        end = on(8) + dt.timedelta(days=30)
        assert endings.expire(session, now=end - dt.timedelta(seconds=1), limit=9, acting=SYSTEM) == 0
        assert endings.expire(session, now=end, limit=9, acting=SYSTEM) == 1
        assert (subscription.status, invoice.status) == (SubscriptionStatus.EXPIRED, InvoiceStatus.UNCOLLECTIBLE)

    def test_an_attempt_counts_once(self, session: Session, subscription: Subscription) -> None:
        """SUB-5: a report that comes twice, or after the money, changes nothing."""
        [invoice] = invoices_of(session, subscription)
        for _ in range(2):
            dunning.failed(session, invoice, attempt=1, why="Declined.", now=APRIL, acting=SYSTEM)
        assert (invoice.attempts, invoice.last_failure) == (1, "Declined.")
        pay(session, invoice)
        dunning.failed(session, invoice, attempt=2, why="Declined.", now=APRIL, acting=SYSTEM)
        assert (invoice.attempts, invoice.status) == (1, InvoiceStatus.PAID)

    def test_only_what_is_open_and_on_its_day_is_due(self, session: Session, subscription: Subscription) -> None:
        [invoice] = invoices_of(session, subscription)
        assert dunning.due(session, now=APRIL, limit=9) == [invoice]
        fail(session, invoice, APRIL)
        assert dunning.due(session, now=on(1, hour=13), limit=9) == []
        assert dunning.due(session, now=on(2), limit=9) == [invoice]

    @pytest.mark.parametrize("failures", [1, 4, 5])
    def test_payment_in_any_state_makes_it_run_without_a_gap(
        self, session: Session, subscription: Subscription, failures: int
    ) -> None:
        """SUB-5: the next period begins where the last ended."""
        [invoice] = invoices_of(session, subscription)
        for _ in range(failures):
            fail(session, invoice, on(8))
        pay(session, invoice)
        assert (subscription.status, subscription.unpaid_since, subscription.suspended_at) == (
            SubscriptionStatus.ACTIVE, None, None,
        )  # fmt: skip
        renew.renew(session, subscription, now=MAY, acting=SYSTEM)
        first, second = invoices_of(session, subscription)
        assert first.period_end == second.period_start == MAY

    def test_one_of_two_unpaid_is_not_enough(self, session: Session, subscription: Subscription) -> None:
        """SUB-5: it runs again when nothing is left open."""
        renew.renew(session, subscription, now=MAY, acting=SYSTEM)
        first, second = invoices_of(session, subscription)
        for _ in DAYS:
            fail(session, first, on(8))
        pay(session, second)
        assert subscription.status is SubscriptionStatus.SUSPENDED
        pay(session, first)
        assert subscription.status is SubscriptionStatus.ACTIVE

    def test_what_was_cancelled_is_not_suspended(
        self, session: Session, subscription: Subscription, vendor: User
    ) -> None:
        """B12: after cancelled comes active or expired."""
        change.cancel(session, subscription, reason="Enough.", now=APRIL, acting=acting_for(vendor))
        [invoice] = invoices_of(session, subscription)
        for _ in DAYS:
            fail(session, invoice, on(8))
        assert (subscription.status, invoice.status) == (SubscriptionStatus.CANCELLED, InvoiceStatus.OPEN)

    def test_what_is_over_is_given_up_after_the_last_attempt(
        self, session: Session, subscription: Subscription
    ) -> None:
        """B12, SUB-5."""
        admin = acting_for(make_user(session))
        change.terminate(session, subscription, Settlement.SKIP, reason="Closed.", now=on(2), acting=admin)
        [invoice] = invoices_of(session, subscription)
        for _ in DAYS:
            fail(session, invoice, on(8))
        assert invoice.status is InvoiceStatus.UNCOLLECTIBLE


class TestMethodChanged:
    def test_one_attempt_now_beside_the_schedule(self, session: Session, subscription: Subscription) -> None:
        """SUB-5: the new card is tried at once, once; the schedule loses no day by it."""
        [invoice] = invoices_of(session, subscription)
        fail(session, invoice, APRIL)
        fail(session, invoice, on(2))
        assert [dunning.method_changed(session, subscription.vendor_id, now=on(3)) for _ in range(2)] == [1, 0]
        session.refresh(invoice)
        assert dunning.due(session, now=on(3), limit=9) == [invoice]
        fail(session, invoice, on(3))
        assert (invoice.next_attempt_at, invoice.attempts) == (on(4), 3)

    def test_money_does_not_end_what_an_admin_began(self, session: Session, subscription: Subscription) -> None:
        """B12: suspended by hand while in dunning, it waits for a hand; a further failure changes nothing of that."""
        [invoice] = invoices_of(session, subscription)
        fail(session, invoice, APRIL)
        admin = acting_for(make_user(session))
        change.suspend(session, subscription, reason="Fraud.", now=on(2), acting=admin)
        fail(session, invoice, on(2))
        pay(session, invoice)
        assert (subscription.status, subscription.unpaid_since) == (SubscriptionStatus.SUSPENDED, None)

    def test_it_ends_a_suspension(self, session: Session, subscription: Subscription) -> None:
        """SUB-5: after the last attempt, too; when it fails the suspension stays as it was."""
        invoice = exhaust(session, subscription)
        assert dunning.method_changed(session, subscription.vendor_id, now=on(20)) == 1
        session.refresh(invoice)
        fail(session, invoice, on(20))
        assert (subscription.suspended_at, invoice.next_attempt_at) == (on(8), None)
        dunning.method_changed(session, subscription.vendor_id, now=on(21))
        session.refresh(invoice)
        pay(session, invoice)
        assert subscription.status is SubscriptionStatus.ACTIVE

    def test_what_was_never_tried_is_left_to_its_day(self, session: Session, subscription: Subscription) -> None:
        assert dunning.method_changed(session, subscription.vendor_id, now=APRIL) == 0


class TestCollect:
    @pytest.mark.parametrize(
        ("available", "allowed", "source"),
        [
            ("30.00", True, PaidBy.BALANCE),
            ("29.99", True, PaidBy.CARD),
            ("-5.00", True, PaidBy.CARD),
            ("99.00", False, PaidBy.CARD),
        ],
    )
    def test_the_balance_pays_only_what_it_covers(
        self, session: Session, subscription: Subscription, available: str, *, allowed: bool, source: PaidBy
    ) -> None:
        """SUB-7."""
        key = PlatformSetting.key == "subscriptions.pay_from_balance"
        session.execute(sa.update(PlatformSetting).where(key).values(value=allowed))
        [invoice] = invoices_of(session, subscription)
        found = collect.attempt(session, invoice, available=Decimal(available))
        assert (found.source, found.amount, found.key) == (source, Decimal("30.00"), f"invoice:{invoice.id}:1")
        fail(session, invoice, APRIL)
        assert collect.attempt(session, invoice, available=Decimal(0)).key == f"invoice:{invoice.id}:2"

    def test_the_balance_pays_at_once(self, session: Session, subscription: Subscription) -> None:
        """SUB-7, E13: without a call, and once; the vendor is owed so much less."""
        earned = Posting(
            event=JournalEvent.CHARGEBACK_RELEASED,
            source=Source(table="chargebacks", id=uuid7()),
            currency="USD",
            lines=earning_available(subscription.vendor_id, Decimal(50)),
        )
        journal.post(session, earned)
        assert [collect.collect(session, now=on(2), limit=9, acting=SYSTEM) for _ in range(2)] == [1, 0]
        [invoice] = invoices_of(session, subscription)
        assert (invoice.status, invoice.paid_by) == (InvoiceStatus.PAID, PaidBy.BALANCE)
        assert balances.available(session, subscription.vendor_id, "USD") == Decimal(20)


class TestBook:
    @pytest.mark.parametrize(
        ("paid_by", "account", "said"),
        [
            (PaidBy.CARD, AccountKind.PSP_CLEARING, "Plan fee, by card"),
            (PaidBy.BALANCE, AccountKind.VENDOR_AVAILABLE, "Plan fee, from the balance"),
        ],
    )
    def test_a_fee_that_is_paid_is_posted(
        self, session: Session, subscription: Subscription, paid_by: PaidBy, account: AccountKind, said: str
    ) -> None:
        """SUB-7, E13, LED-8: once, from the card's clearing or the vendor's balance to the plan's revenue."""
        [invoice] = invoices_of(session, subscription)
        invoices.pay(session, invoice, paid_by=paid_by, now=on(9), acting=SYSTEM)
        source = Source(table="subscription_invoices", id=invoice.id)
        posted = journal.find(session, JournalEvent.PLAN_FEE_CHARGED, source)
        assert posted is not None
        payer = subscription.vendor_id if paid_by is PaidBy.BALANCE else None
        assert sorted(journal.lines_of(session, posted), key=lambda line: line.amount) == sorted(
            [debit(account, Decimal("30.00"), payer), credit(AccountKind.SUBSCRIPTION_REVENUE, Decimal("30.00"))],
            key=lambda line: line.amount,
        )
        row = session.scalars(sa.select(Transaction).where(Transaction.event_key == f"invoice:{invoice.id}:paid")).one()
        assert (row.journal_id, row.vendor_id, row.amount) == (posted, subscription.vendor_id, Decimal("30.00"))
        assert (row.type, row.direction, row.description) == (TransactionType.FEE, TransactionDirection.IN, said)


class TestDecisions:
    def test_an_admin_takes_an_invoice_back(self, session: Session, subscription: Subscription) -> None:
        """B12."""
        [invoice] = invoices_of(session, subscription)
        finance = acting_for(make_user(session, Role.FINANCE))
        with pytest.raises(ForbiddenError):
            invoices.void(session, invoice, reason="Wrong.", acting=finance)
        invoices.void(session, invoice, reason="Wrong.", acting=acting_for(make_user(session)))
        assert (invoice.status, invoice.next_attempt_at) == (InvoiceStatus.VOID, None)
        with pytest.raises(IllegalTransitionError):
            pay(session, invoice)

    def test_finance_gives_one_up_and_it_can_still_be_paid(self, session: Session, subscription: Subscription) -> None:
        """B12: by Stripe, too."""
        [invoice] = invoices_of(session, subscription)
        with pytest.raises(ForbiddenError):
            invoices.give_up(session, invoice, reason="Gone.", acting=acting_for(make_user(session)))
        invoices.give_up(session, invoice, reason="Gone.", acting=acting_for(make_user(session, Role.FINANCE)))
        assert (invoice.status, invoice.next_attempt_at) == (InvoiceStatus.UNCOLLECTIBLE, None)
        invoices.pay(session, invoice, paid_by=PaidBy.CARD, now=MAY, acting=SYSTEM, actor=Actor.PROVIDER)
        assert (invoice.status, invoice.paid_by, invoice.paid_at) == (InvoiceStatus.PAID, PaidBy.CARD, MAY)


def pay(session: Session, invoice: SubscriptionInvoice) -> None:
    invoices.pay(session, invoice, paid_by=PaidBy.CARD, now=on(9), acting=SYSTEM)
