"""Time in which somebody works, against counting it minute by minute."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.services.sla.hours import Calendar, after, between

MINUTE = dt.timedelta(minutes=1)
OFFICE = Calendar.of(
    "Europe/Berlin",
    {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
    ["2026-12-25"],
)


def counted(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    """The yardstick: each minute is asked whether somebody works in it."""
    zone, total, moment = ZoneInfo(calendar.zone), 0, start
    while moment < end:
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        hours = () if local.date() in calendar.holidays else calendar.week[local.weekday()]
        total += any(begin <= minute < close for begin, close in hours)
        moment += MINUTE
    return total * MINUTE


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = draw(st.lists(st.integers(0, 1440), min_size=0, max_size=4, unique=True))
    edges = sorted(edges)[: len(edges) // 2 * 2]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Africa/Cairo"]))
    week = draw(st.tuples(*[hours()] * 7).filter(any))
    days = st.dates(dt.date(2026, 3, 1), dt.date(2026, 11, 30))
    return Calendar(zone, week, frozenset(draw(st.lists(days, max_size=3))))


#: Around both changes of the clock as often as anywhere else.
STARTS = st.one_of(
    st.sampled_from(
        [dt.datetime(2026, month, day, tzinfo=dt.UTC) for month, day in ((3, 28), (10, 24), (3, 7), (4, 23))]
    ),
    st.datetimes(dt.datetime(2026, 3, 1), dt.datetime(2026, 11, 30)).map(  # noqa: DTZ001 - gets its zone at once
        lambda one: one.replace(second=0, microsecond=0, tzinfo=dt.UTC)
    ),
)


@settings(max_examples=60, deadline=None)
@given(calendar=calendars(), start=STARTS, minutes=st.integers(0, 4 * 1440))
def test_work_is_what_minutes_add_up_to(calendar: Calendar, start: dt.datetime, minutes: int) -> None:
    """DSP-6: in any zone, over weekends, holidays and changes of the clock."""
    end = start + minutes * MINUTE
    assert between(calendar, start, end) == counted(calendar, start, end)


@settings(max_examples=60, deadline=None)
@given(calendar=calendars(), start=STARTS, minutes=st.integers(1, 3 * 1440))
def test_a_due_time_is_the_end_of_that_work(calendar: Calendar, start: dt.datetime, minutes: int) -> None:
    """DSP-6: and not a minute earlier."""
    due = after(calendar, start, minutes * MINUTE)
    assert due is not None
    assert between(calendar, start, due) == minutes * MINUTE
    assert between(calendar, start, due - MINUTE) == (minutes - 1) * MINUTE


def test_lunch_weekends_and_holidays_do_not_count() -> None:
    """DSP-6."""
    thursday = dt.datetime(2026, 12, 24, 16, 0, tzinfo=dt.UTC)
    # An hour is left of Thursday; Friday is a holiday, then comes the weekend.
    assert after(OFFICE, thursday, dt.timedelta(hours=2)) == dt.datetime(2026, 12, 28, 9, 0, tzinfo=dt.UTC)
    assert between(OFFICE, thursday, dt.datetime(2026, 12, 28, 13, 0, tzinfo=dt.UTC)) == dt.timedelta(hours=5)


def test_nothing_is_before_its_start() -> None:
    """DSP-6."""
    monday = dt.datetime(2026, 12, 21, 10, 0, tzinfo=dt.UTC)
    assert between(OFFICE, monday, monday - dt.timedelta(hours=1)) == dt.timedelta(0)


def test_in_an_empty_week_nothing_is_ever_due() -> None:
    """DSP-6: rather than never coming to an end."""
    assert after(Calendar("UTC", ((),) * 7), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), MINUTE) is None


@pytest.mark.parametrize(
    ("hours", "holidays"),
    [
        ({"monday": [["18:00", "09:00"]]}, []),
        ({"monday": [["09:00", "12:00"], ["11:00", "18:00"]]}, []),
        ({"monday": [["09:00", "12:00"]]}, ["2026-02-30"]),
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused(hours: dict[str, list[list[str]]], holidays: list[str]) -> None:
    """DSP-6."""
    with pytest.raises(ValueError, match=r"."):
        Calendar.of("UTC", hours, holidays)
