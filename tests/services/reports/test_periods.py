"""Periods of reports, and when schedules ask."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from backoffice.errors import InvalidInputError
from backoffice.services.figures.read import Period
from backoffice.services.reports import periods
from backoffice.services.reports.periods import Preset
from models.report import Rhythm

TODAY = dt.date(2026, 3, 15)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("preset", "since", "until"),
    [
        (Preset.LAST_7, "2026-03-09", "2026-03-15"),
        (Preset.LAST_30, "2026-02-14", "2026-03-15"),
        (Preset.THIS_MONTH, "2026-03-01", "2026-03-15"),
        (Preset.LAST_MONTH, "2026-02-01", "2026-02-28"),
        (Preset.LAST_QUARTER, "2025-10-01", "2025-12-31"),
        (Preset.THIS_YEAR, "2026-01-01", "2026-03-15"),
        (Preset.LAST_YEAR, "2025-01-01", "2025-12-31"),
    ],
)
def test_named_periods(preset, since, until):
    assert periods.of_preset(preset, TODAY) == Period(since=_day(since), until=_day(until))


@pytest.mark.parametrize(("since", "until"), [("2026-03-15", "2026-03-14"), ("2020-01-01", "2026-03-15")])
def test_a_period_that_is_none_is_refused(since, until):
    with pytest.raises(InvalidInputError):
        periods.checked(Period(since=_day(since), until=_day(until)))


@pytest.mark.parametrize(
    ("rhythm", "zone", "after", "expected"),
    [
        (Rhythm.WEEKLY, "UTC", "2026-03-11T12:00", "2026-03-16T06:00"),
        (Rhythm.WEEKLY, "UTC", "2026-03-16T06:00", "2026-03-23T06:00"),
        (Rhythm.MONTHLY, "UTC", "2026-03-01T05:00", "2026-03-01T06:00"),
        # The clocks in Berlin go forward between the two.
        (Rhythm.MONTHLY, "Europe/Berlin", "2026-03-02T00:00", "2026-04-01T04:00"),
        (Rhythm.WEEKLY, "America/Los_Angeles", "2026-03-11T12:00", "2026-03-16T13:00"),
        # In Auckland it is Monday morning while Sunday, the report's last day, is not over in UTC.
        (Rhythm.WEEKLY, "Pacific/Auckland", "2026-03-11T12:00", "2026-03-16T00:15"),
    ],
)
def test_a_schedule_asks_in_the_morning_of_its_owner(rhythm, zone, after, expected):
    assert periods.next_run(rhythm, zoneinfo.ZoneInfo(zone), _time(after)) == _time(expected)


@pytest.mark.parametrize(
    ("rhythm", "at", "since", "until"),
    [
        (Rhythm.WEEKLY, "2026-03-16T00:15", "2026-03-09", "2026-03-15"),
        (Rhythm.WEEKLY, "2026-03-16T18:00", "2026-03-09", "2026-03-15"),
        (Rhythm.MONTHLY, "2026-03-01T06:00", "2026-02-01", "2026-02-28"),
    ],
)
def test_it_asks_about_what_is_over(rhythm, at, since, until):
    assert periods.of_schedule(rhythm, _time(at)) == Period(since=_day(since), until=_day(until))
