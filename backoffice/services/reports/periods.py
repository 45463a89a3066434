"""Periods of reports: whole days in UTC, as the figures have them, and when a schedule asks for the next."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Final

from backoffice.enums import LabelledEnum
from backoffice.errors import InvalidInputError
from backoffice.services.figures.read import Period
from models.report import Rhythm

#: Days of a period at most: three years, for the books of those before.
LONGEST: Final = 1_096
#: When people find a scheduled report, by their clocks; not before the last day is over in UTC and has its figures.
_MORNING: Final = dt.time(6, 0)
_SUMMED: Final = dt.time(0, 15, tzinfo=dt.UTC)
_DAY: Final = dt.timedelta(days=1)


class Preset(LabelledEnum):
    """Periods with a name."""

    LAST_7 = "last_7", "Last 7 days"
    LAST_30 = "last_30", "Last 30 days"
    THIS_MONTH = "this_month", "This month"
    LAST_MONTH = "last_month", "Last month"
    LAST_QUARTER = "last_quarter", "Last quarter"
    THIS_YEAR = "this_year", "This year"
    LAST_YEAR = "last_year", "Last year"


def of_preset(preset: Preset, today: dt.date) -> Period:
    """The days of a named period; one that is not over ends today."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    begins = {
        Preset.LAST_7: (today - 6 * _DAY, today),
        Preset.LAST_30: (today - 29 * _DAY, today),
        Preset.THIS_MONTH: (month, today),
        Preset.LAST_MONTH: ((month - _DAY).replace(day=1), month - _DAY),
        Preset.LAST_QUARTER: (_months_before(quarter, 3), quarter - _DAY),
        Preset.THIS_YEAR: (year, today),
        Preset.LAST_YEAR: (year.replace(year=year.year - 1), year - _DAY),
    }
    since, until = begins[preset]
    return Period(since=since, until=until)


def checked(period: Period) -> Period:
    """The period. Raises `InvalidInputError` when it ends before it begins, or is too long."""
    if period.until < period.since:
        raise InvalidInputError("The period ends before it begins.", field="until")
    if (period.until - period.since).days >= LONGEST:
        raise InvalidInputError("A report is about three years at most.", field="since")
    return period


def of_schedule(rhythm: Rhythm, scheduled_for: dt.datetime) -> Period:
    """The whole week (from Monday) or month that is over when a schedule asks."""
    day = scheduled_for.astimezone(dt.UTC).date()
    if rhythm is Rhythm.WEEKLY:
        monday = day - day.weekday() * _DAY
        return Period(since=monday - 7 * _DAY, until=monday - _DAY)
    return of_preset(Preset.LAST_MONTH, day)


def next_run(rhythm: Rhythm, zone: zoneinfo.ZoneInfo, after: dt.datetime) -> dt.datetime:
    """When a schedule of somebody in this zone asks next, in UTC."""
    day = after.astimezone(dt.UTC).date()
    while True:
        if day.weekday() == 0 if rhythm is Rhythm.WEEKLY else day.day == 1:
            local = dt.datetime.combine(day, _MORNING, tzinfo=zone)
            moment = max(local.astimezone(dt.UTC), dt.datetime.combine(day, _SUMMED))
            if moment > after:
                return moment
        day += _DAY


def _months_before(first: dt.date, months: int) -> dt.date:
    for _ in range(months):
        first = (first - _DAY).replace(day=1)
    return first
