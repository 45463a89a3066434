"""The scorecard of a vendor: shares of what was counted, beside those of everybody."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from backoffice.services.figures.read import Period
from backoffice.services.figures.scorecard import ENOUGH, Line, scorecard
from models import DailyFigure, User
from models.figure import Measure
from tests.factories import make_vendor

DAY = dt.date(2024, 2, 29)
PERIOD = Period(since=DAY, until=DAY)


def _count(session: Session, vendor: User | None, measure: Measure, number: int, **values: object) -> None:
    whose = None if vendor is None else vendor.id
    row = {"day": DAY, "vendor_id": whose, "measure": measure, "currency": "USD", "number": number} | values
    session.add(DailyFigure(**row))
    session.flush()


def _card(session: Session, vendor: User) -> dict[str, Line]:
    return {line.mark.key: line for line in scorecard(session, vendor.id, PERIOD)}


@pytest.fixture
def vendor(session: Session) -> User:
    """A vendor with 20 of the 100 orders of all, in two currencies, and half of what was cancelled."""
    vendor = make_vendor(session)
    for currency, number in (("USD", 15), ("JPY", 5)):
        _count(session, vendor, Measure.ORDERS, number, currency=currency)
    _count(session, None, Measure.ORDERS, 100)
    _count(session, vendor, Measure.CANCELLED, 4)
    _count(session, None, Measure.CANCELLED, 8)
    _count(session, None, Measure.DISPUTES, 5)
    _count(session, vendor, Measure.RATINGS, ENOUGH, amount=Decimal(47))
    _count(session, None, Measure.RATINGS, 100, amount=Decimal(400))
    _count(session, vendor, Measure.DELIVERED, ENOUGH - 1)
    _count(session, vendor, Measure.LATE, 3)
    _count(session, None, Measure.DELIVERED, 90)
    _count(session, None, Measure.LATE, 3)
    return vendor


def test_shares_are_of_the_vendors_own_orders(session: Session, vendor: User) -> None:
    """MON-7: counts of all currencies make one share; no amounts of two are added."""
    card = _card(session, vendor)
    cancelled = card["cancelled"]
    assert (cancelled.value, cancelled.everybody, cancelled.base) == (Decimal("0.2"), Decimal("0.08"), 20)
    assert cancelled.better is False
    assert (card["disputes"].value, card["disputes"].better) == (0, True)
    assert (card["rating"].value, card["rating"].everybody, card["rating"].better) == (Decimal("4.7"), 4, True)
    assert card["refunds"].better is None


def test_too_few_say_nothing(session: Session, vendor: User) -> None:
    late = _card(session, vendor)["late"]
    assert late.value == Decimal(3) / 9
    assert late.better is None


def test_other_days_and_other_vendors_do_not_count(session: Session, vendor: User) -> None:
    other = make_vendor(session)
    assert _card(session, other)["cancelled"].value is None
    before = Period(since=DAY - dt.timedelta(days=9), until=DAY - dt.timedelta(days=1))
    assert all(line.value is None and line.everybody is None for line in scorecard(session, vendor.id, before))
