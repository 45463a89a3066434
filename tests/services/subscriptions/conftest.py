"""A vendor on a monthly plan of 30.00, in its first period: 1 April to 1 May 2026."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services.subscriptions import renew
from models import Subscription, SubscriptionInvoice, SubscriptionPlan, User
from models.subscription import BillingCycle
from tests.factories import make_plan, make_vendor

APRIL = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
MAY = APRIL.replace(month=5)
SYSTEM = Acting.system()


def on(day: int, *, hour: int = 12) -> dt.datetime:
    """A day of April."""
    return APRIL.replace(day=day, hour=hour)


def plan_of(session: Session, monthly: str, **values: object) -> SubscriptionPlan:
    price = Decimal(monthly)
    return make_plan(session, monthly_price=price, yearly_price=price * 10, **values)


def invoices_of(session: Session, subscription: Subscription) -> list[SubscriptionInvoice]:
    """All of them, oldest first, as the database has them now."""
    query = sa.select(SubscriptionInvoice).where(SubscriptionInvoice.subscription_id == subscription.id)
    ordered = query.order_by(SubscriptionInvoice.id).execution_options(populate_existing=True)
    session.flush()
    return list(session.scalars(ordered))


@pytest.fixture
def vendor(session: Session) -> User:
    return make_vendor(session)


@pytest.fixture
def subscription(session: Session, vendor: User) -> Subscription:
    """Its first invoice, of 30.00, is open."""
    plan = plan_of(session, "30.00", commission_rate=Decimal("0.08"))
    return renew.start(session, vendor, plan, BillingCycle.MONTHLY, now=APRIL, acting=SYSTEM)
