"""Billing periods and what a part of one costs: pure, so tried with many values."""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.services.subscriptions import periods, proration
from models.subscription import BillingCycle

MONTHLY, YEARLY = BillingCycle.MONTHLY, BillingCycle.YEARLY
MOMENTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
CENTS = st.integers(0, 1_000_000).map(lambda cents: Decimal(cents) / 100)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("start", "february"), [("2026-01-31T08:30", "2026-02-28T08:30"), ("2028-01-31T08:30", "2028-02-29T08:30")]
)
def test_the_anchor_day_is_kept(start: str, february: str) -> None:
    """SUB-2: 31 January, 28 or 29 February, 31 March."""
    second = periods.following(at(start), MONTHLY, 31)
    third = periods.following(second, MONTHLY, 31)
    assert (second, third) == (at(february), at(start).replace(month=3))


def test_a_leap_day_comes_back() -> None:
    """SUB-2: yearly from 29 February."""
    moment, seen = at("2028-02-29T00:00"), []
    for _ in range(4):
        moment = periods.following(moment, YEARLY, 29)
        seen.append(moment.date().isoformat())
    assert seen == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_other_zones_are_told_in_utc() -> None:
    """SUB-2: half past eleven at night in New York is the next day."""
    moment = dt.datetime.fromisoformat("2026-01-30T23:30-05:00")
    assert periods.following(moment, MONTHLY, 31) == at("2026-02-28T04:30")


@given(MOMENTS, st.sampled_from([MONTHLY, YEARLY]), st.integers(1, 40))
def test_periods_follow_without_a_gap(start: dt.datetime, cycle: BillingCycle, count: int) -> None:
    """SUB-2: each ends later than it begins, on the anchor day or the last of its month, at the same time of day."""
    moment = start
    for _ in range(count):
        end = periods.following(moment, cycle, start.day)
        assert end > moment
        assert end.day == min(start.day, calendar.monthrange(end.year, end.month)[1])
        assert end.timetz() == start.timetz()
        assert 0 < periods.days(moment, end) <= 366
        moment = end
    assert (moment.year - start.year) * 12 + moment.month - start.month == count * (1 if cycle is MONTHLY else 12)


def test_today_counts() -> None:
    """SUB-3: days inclusive of today, none after the end."""
    end = at("2026-05-01T10:00")
    assert periods.days(at("2026-04-01T10:00"), end) == 30
    assert [periods.days_left(end, at(f"2026-{day}T23:00")) for day in ("04-11", "04-30", "05-01", "05-09")] == [
        20, 1, 0, 0,
    ]  # fmt: skip


def test_the_net_of_an_upgrade() -> None:
    """SUB-3: 30.00 -> 60.00 in a 30-day month with 20 days left is 20.00."""
    found = _upgrade("30.00", "60.00", 20, 30, "30.00", "0")
    assert (found.credit, found.charge, found.net) == (Decimal("20.00"), Decimal("40.00"), Decimal("20.00"))


def test_what_was_not_paid_is_not_given_back() -> None:
    """SUB-3: an open invoice of the period is no ground for credit."""
    assert _upgrade("30.00", "60.00", 20, 30, "0", "0").credit == 0


@given(CENTS, st.lists(st.tuples(CENTS, st.integers(0, 31)), max_size=6), st.integers(28, 31))
def test_however_often_never_more_credit_than_paid(
    first: Decimal, changes: list[tuple[Decimal, int]], total: int
) -> None:
    """SUB-3: upgrade twice, or six times, in a period: what is given back was paid."""
    price, paid, credited = first, first, Decimal(0)
    for new, left in sorted(changes, key=lambda change: -change[1]):
        found = proration.upgrade(
            price, new, left=min(left, total), total=total, paid=paid, credited=credited, currency="USD"
        )
        assert found.credit >= 0
        paid, credited, price = paid + found.charge, credited + found.credit, new
        assert credited <= paid


def _upgrade(old: str, new: str, left: int, total: int, paid: str, credited: str) -> proration.Proration:
    return proration.upgrade(
        Decimal(old),
        Decimal(new),
        left=left,
        total=total,
        paid=Decimal(paid),
        credited=Decimal(credited),
        currency="USD",
    )
