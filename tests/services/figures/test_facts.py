"""What each measure counts, and what it leaves out, in one day of one vendor."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.figures import keep
from models import DailyFigure, Refund, StatusHistory, User
from models.figure import Measure
from models.order import OrderStatus
from models.product_review import ReviewStatus
from models.shipment import ShipmentStatus
from models.subscription import BillingCycle, SubscriptionStatus
from tests.factories import (
    make_dispute,
    make_order,
    make_plan,
    make_product,
    make_review,
    make_shipment,
    make_subscription,
    make_vendor,
)
from tests.factories.money import make_paid_refund

DAY = dt.date(2024, 2, 29)
NOON = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
BEFORE = NOON - dt.timedelta(days=3)


@pytest.fixture
def vendor(session: Session) -> User:
    """A vendor to whom something of everything happened on the day, and something on other days."""
    vendor = make_vendor(session)
    usd = {"vendor": vendor, "currency": "USD", "created_at": BEFORE}
    make_order(session, **{**usd, "created_at": NOON})
    make_order(session, **{**usd, "created_at": NOON}, paid=False)
    make_order(session, **usd, status=OrderStatus.CANCELLED, cancelled_at=NOON)
    arrived = make_order(session, **usd, status=OrderStatus.DELIVERED, shipped_at=BEFORE, delivered_at=NOON)
    for late, hours in ((True, 5), (False, -5)):
        made = {"at": NOON, "estimated_delivery": NOON - hours * HOUR}
        make_shipment(session, order=arrived, status=ShipmentStatus.DELIVERED, units={}, **made)
        assert (made["estimated_delivery"] < NOON) is late
    refund = make_paid_refund(session, arrived, "40.00")
    session.execute(sa.update(Refund).where(Refund.id == refund.id).values(processed_at=NOON))
    make_dispute(session, order=arrived, created_at=NOON, requested_refund_amount=Decimal("7.50"))
    product = make_product(session, vendor=vendor)
    for rating, status in ((5, ReviewStatus.APPROVED), (2, ReviewStatus.APPROVED), (1, ReviewStatus.PENDING)):
        make_review(session, product=product, rating=rating, status=status, created_at=NOON)
    for before, to, at in (("draft", "pending", NOON - HOUR), ("pending", "approved", NOON)):
        step = {"entity": "products", "entity_id": product.id, "actor": "A", "created_at": at}
        session.add(StatusHistory(from_status=before, to_status=to, **step))
    plan = make_plan(session)
    ended = {"status": SubscriptionStatus.EXPIRED, "start_date": BEFORE, "end_date": NOON}
    make_subscription(session, vendor=vendor, plan=plan, amount=Decimal(30), currency="USD", **ended)
    yearly = {"billing_cycle": BillingCycle.YEARLY, "amount": Decimal(1200), "currency": "USD"}
    make_subscription(session, vendor=vendor, plan=plan, start_date=NOON, **yearly)
    session.flush()
    keep.rebuild(session, [DAY])
    return vendor


def test_every_measure(session: Session, vendor: User) -> None:
    found = sa.select(DailyFigure).where(DailyFigure.day == DAY, DailyFigure.vendor_id == vendor.id)
    figures = {one.measure: (one.currency, one.number, one.amount, one.seconds) for one in session.scalars(found).all()}
    assert figures == {
        Measure.ORDERS: ("USD", 1, Decimal(100), None),
        Measure.COMMISSION: ("USD", 1, Decimal(10), None),
        Measure.CANCELLED: ("USD", 1, Decimal(100), None),
        Measure.DELIVERED: ("USD", 1, Decimal(100), 3 * 86_400),
        Measure.LATE: ("USD", 1, None, 5 * 3600),
        Measure.REFUNDS: ("USD", 1, Decimal(40), None),
        Measure.DISPUTES: ("USD", 1, Decimal("7.5"), None),
        Measure.RATINGS: ("USD", 2, Decimal(7), None),
        Measure.DECISIONS: ("USD", 1, None, 3600),
        Measure.SUBSCRIPTIONS_BEGUN: ("USD", 1, Decimal(100), None),
        Measure.SUBSCRIPTIONS_ENDED: ("USD", 1, Decimal(30), None),
    }
    assert set(figures) == set(Measure)


def test_all_vendors_together_are_the_sum_of_each(session: Session, vendor: User) -> None:
    """By measure and currency, whoever else did something that day."""
    by = (DailyFigure.measure, DailyFigure.currency)
    sums = sa.func.sum(DailyFigure.number), sa.func.sum(DailyFigure.amount), sa.func.sum(DailyFigure.seconds)
    whose = DailyFigure.vendor_id
    parts, whole = (
        session.execute(sa.select(*by, *sums).where(DailyFigure.day == DAY, one).group_by(*by).order_by(*by)).all()
        for one in (whose.is_not(None), whose.is_(None))
    )
    assert parts == whole
    assert len(whole) >= len(Measure)
    assert vendor.id in session.scalars(sa.select(whose).where(DailyFigure.day == DAY))
