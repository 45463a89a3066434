"""Time in which somebody works: how much of it is between two moments, and when some of it is over (DSP-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self
from zoneinfo import ZoneInfo

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY: Final = dt.timedelta(days=1)
_MINUTE: Final = dt.timedelta(minutes=1)
_MINUTES_A_DAY: Final = 24 * 60
#: Days in which a target must be reachable; a calendar that is all holidays ends nowhere.
_LONGEST: Final = 3660

#: From and until, in minutes of the local day.
Hours = tuple[tuple[int, int], ...]
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Hours by weekday, Monday first, in the local time of `zone`; nobody works on `holidays`."""

    zone: str
    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    holidays: frozenset[dt.date] = frozenset()

    @classmethod
    def of(cls, zone: str, hours: dict[str, list[list[str]]], holidays: list[str]) -> Self:
        """A calendar from its row. Raises `ValueError` for hours that overlap or run backwards, or an odd day."""
        week = [tuple(sorted((_minutes(begin), _minutes(end)) for begin, end in hours.get(day, ()))) for day in _DAYS]
        for day in week:
            ends = [0, *(end for _, end in day)]
            if any(begin >= end or begin < before for (begin, end), before in zip(day, ends, strict=False)):
                raise ValueError("Hours of a day must follow each other.")
        monday, tuesday, wednesday, thursday, friday, saturday, sunday = week
        return cls(
            zone,
            (monday, tuesday, wednesday, thursday, friday, saturday, sunday),
            frozenset(dt.date.fromisoformat(day) for day in holidays),
        )


def between(calendar: Calendar, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    """How long somebody works between `start` and `end`; nothing when `end` is not later."""
    total = dt.timedelta(0)
    if end <= start:
        return total
    for begin, close in _spans_from(calendar, start):
        if begin >= end:
            break
        total += min(close, end) - max(begin, start)
    return total


def after(calendar: Calendar, start: dt.datetime, work: dt.timedelta) -> dt.datetime | None:
    """The moment at which `work` (positive) was worked since `start`; None when nobody works for ten years."""
    left = work
    for begin, close in _spans_from(calendar, start):
        length = close - max(begin, start)
        if length >= left:
            return max(begin, start) + left
        left -= length
    return None


def _spans_from(calendar: Calendar, start: dt.datetime) -> Iterator[Span]:
    """The spans of work that end after `start`, in order, for at most ten years."""
    today = start.astimezone(ZoneInfo(calendar.zone)).date()
    for ahead in range(_LONGEST):
        for begin, close in _spans(calendar, today + ahead * _DAY):
            if close > start:
                yield begin, close


@lru_cache(maxsize=4096)
def _spans(calendar: Calendar, day: dt.date) -> tuple[Span, ...]:
    """The spans of work of a local day, in UTC."""
    hours = () if day in calendar.holidays else calendar.week[day.weekday()]
    if not hours:
        return ()
    zone = ZoneInfo(calendar.zone)
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    offsets = {(noon + shift).astimezone(zone).utcoffset() for shift in (-2 * _DAY, 2 * _DAY)}
    if len(offsets) > 1:
        return _minute_by_minute(zone, day, hours)
    midnight = dt.datetime.combine(day, dt.time(0), dt.UTC) - (offsets.pop() or dt.timedelta(0))
    return tuple((midnight + begin * _MINUTE, midnight + end * _MINUTE) for begin, end in hours)


def _minute_by_minute(zone: ZoneInfo, day: dt.date, hours: Hours) -> tuple[Span, ...]:
    """The same for a day around which the clock is changed: an hour of it may come twice, or never."""
    spans: list[Span] = []
    moment = dt.datetime.combine(day, dt.time(0), dt.UTC) - _DAY
    for _ in range(3 * _MINUTES_A_DAY):
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if local.date() == day and any(begin <= minute < end for begin, end in hours):
            if spans and spans[-1][1] == moment:
                spans[-1] = (spans[-1][0], moment + _MINUTE)
            else:
                spans.append((moment, moment + _MINUTE))
        moment += _MINUTE
    return tuple(spans)


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
