"""What the actions on subscriptions and their invoices say before and after."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.base import Each, Verdict
from backoffice.actions.inputs import InvalidFormError, clean
from backoffice.clock import now
from backoffice.errors import InvalidInputError
from backoffice.permissions import Role
from backoffice.services.subscriptions import renew
from models import Subscription, SubscriptionInvoice, User
from models.subscription import BillingCycle, SubscriptionStatus
from models.subscription_invoice import InvoiceStatus, PaidBy
from tests.factories import acting_for, make_invoice, make_plan, make_subscription, make_user, make_vendor


@pytest.fixture
def vendor(session: Session) -> User:
    return make_vendor(session)


@pytest.fixture
def subscription(session: Session, vendor: User) -> Subscription:
    """Monthly, 10.00, paid, in the middle of its period."""
    start = now() - dt.timedelta(days=10)
    plan = make_plan(session, slug="small")
    made = make_subscription(session, vendor=vendor, plan=plan, start_date=start, next_billing_date=start)
    paid = renew.renew(session, made, now=start, acting=Acting.system())
    assert paid is not None
    paid.status, paid.paid_at, paid.paid_by = InvoiceStatus.PAID, start, PaidBy.CARD
    session.flush()
    return made


def ask(session: Session, key: str, row: Any, who: User, **typed: str) -> Verdict:
    action = registry.get(key)
    [verdict] = action.plan(session, [row], clean(action, typed) if typed else {}, acting_for(who))
    return verdict


def do(session: Session, key: str, row: Any, who: User, **typed: str) -> str:
    action = registry.get(key)
    assert isinstance(action.run, Each)
    return action.run.run(session, row, clean(action, typed), acting_for(who))


def test_the_price_of_a_change_is_shown_first(session: Session, subscription: Subscription, vendor: User) -> None:
    """SUB-3: charge, credit and what is left to pay; then the same is invoiced."""
    large = make_plan(session, slug="large", name="Large", monthly_price=Decimal("40.00"))
    key, typed = "subscription.change_plan", {"plan": " LARGE ", "billing_cycle": "monthly"}
    assert ask(session, key, subscription, vendor).message == "You see what it costs before it changes."
    shown = ask(session, key, subscription, vendor, **typed)
    assert shown.ok
    assert shown.amount is not None
    assert shown.message.startswith("Changes to Large (40.00 USD) now:")
    told = do(session, key, subscription, vendor, **typed)
    assert told == f"On Large now; {shown.amount} USD invoiced."
    assert subscription.plan_id == large.id


def test_a_downgrade_says_when(session: Session, subscription: Subscription, vendor: User) -> None:
    """SUB-4."""
    make_plan(session, slug="tiny", name="Tiny", monthly_price=Decimal("1.00"))
    key, typed = "subscription.change_plan", {"plan": "tiny", "billing_cycle": "monthly"}
    end = f"{subscription.next_billing_date:%Y-%m-%d}"
    assert ask(session, key, subscription, vendor, **typed).message == (
        f"Changes to Tiny (1.00 USD) when the period ends, on {end}."
    )
    assert do(session, key, subscription, vendor, **typed) == "Changes to Tiny when the period ends."


def test_a_vendor_subscribes_once(session: Session) -> None:
    """SUB-1: for themselves; a second one is refused before and after."""
    vendor, plan = make_vendor(session), make_plan(session)
    key = "subscription_plan.subscribe"
    assert ask(session, key, plan, vendor).message == (
        "Begins now; 10.00 USD is invoiced for the first period (monthly)."
    )
    assert "100.00 USD" in ask(session, key, plan, vendor, billing_cycle="yearly").message
    assert do(session, key, plan, vendor, billing_cycle="yearly").startswith("Runs until ")
    assert ask(session, key, plan, vendor).message == "You have a plan already: change that one."
    made = session.scalars(sa.select(Subscription).where(Subscription.vendor_id == vendor.id)).one()
    assert (made.plan_id, made.amount) == (plan.id, Decimal("100.00"))


def test_a_plan_that_is_not_there(session: Session, subscription: Subscription, vendor: User) -> None:
    key = "subscription.change_plan"
    shown = ask(session, key, subscription, vendor, plan="none", billing_cycle="monthly")
    assert (shown.ok, shown.message) == (False, "There is no plan of this name.")
    with pytest.raises(InvalidInputError):
        do(session, key, subscription, vendor, plan="none", billing_cycle="monthly")
    with pytest.raises(InvalidFormError):
        do(session, key, subscription, vendor, plan="  ", billing_cycle="monthly")
    assert subscription.billing_cycle is BillingCycle.MONTHLY


def test_cancel_and_keep(session: Session, subscription: Subscription, vendor: User) -> None:
    """SUB-4: an admin may cancel; keeping is the vendor's alone."""
    admin = make_user(session)
    assert ask(session, "subscription.cancel", subscription, admin).ok
    end = f"{subscription.next_billing_date:%Y-%m-%d}"
    told = do(session, "subscription.cancel", subscription, admin, reason="Asked for.")
    assert told == f"Cancelled; it lasts until {end}."
    assert ask(session, "subscription.undo_cancel", subscription, vendor).message == "Renews again at its end."
    assert not acting_for(admin).may(registry.get("subscription.undo_cancel").permission)
    assert do(session, "subscription.undo_cancel", subscription, vendor) == "Renews again."


def test_ending_at_once_says_what_is_left(session: Session, subscription: Subscription) -> None:
    """SUB-4: by the choice that was typed."""
    admin, key = make_user(session), "subscription.terminate"
    first = ask(session, key, subscription, admin)
    assert first.amount is not None
    assert first.amount > 0
    assert ask(session, key, subscription, admin, settlement="skip", reason="Closed.").amount == 0
    told = do(session, key, subscription, admin, settlement="refund", reason="Closed.")
    assert told == f"Ended; {first.amount} USD of the period was left."


def test_suspend_and_reinstate(session: Session, subscription: Subscription) -> None:
    """B12."""
    admin = make_user(session)
    assert do(session, "subscription.suspend", subscription, admin, reason="Fraud.") == "Suspended."
    assert subscription.status is SubscriptionStatus.SUSPENDED
    assert do(session, "subscription.reinstate", subscription, admin, reason="Cleared.") == "Runs again."


@pytest.mark.parametrize(
    ("key", "role", "status"),
    [
        ("invoice.void", Role.ADMIN, InvoiceStatus.VOID),
        ("invoice.mark_uncollectible", Role.FINANCE, InvoiceStatus.UNCOLLECTIBLE),
    ],
)
def test_invoices(session: Session, vendor: User, key: str, role: Role, status: InvoiceStatus) -> None:
    """B12."""
    invoice: SubscriptionInvoice = make_invoice(session, make_subscription(session, vendor=vendor))
    person = make_user(session, role)
    assert ask(session, key, invoice, person).ok
    assert do(session, key, invoice, person, reason="Wrong.")
    assert invoice.status is status
