"""Days and spans of time in filters: `2026-03-01`, `48h`, `today`; told from the person's own time zone."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from backoffice.clock import now

_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdwm])")
_UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month"}
_FIXED = {"h": dt.timedelta(hours=1), "d": dt.timedelta(days=1), "w": dt.timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """The moment and the zone in which an address is read: "today" is the reader's own."""

    now: dt.datetime = field(default_factory=now)
    zone: dt.tzinfo = dt.UTC

    @property
    def today(self) -> dt.date:
        """The day it is where the reader is."""
        return self.now.astimezone(self.zone).date()

    def midnight(self, day: dt.date) -> dt.datetime:
        """The first moment of the day there, in UTC."""
        return dt.datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(dt.UTC)

    def moved(self, span: Span, direction: int) -> dt.datetime:
        """Now, moved by a span into the past (-1) or the future (1). Raises `ValueError` beyond any calendar."""
        if span.unit == "m":
            months = self.now.year * 12 + self.now.month - 1 + direction * span.count
            year, month = divmod(months, 12)
            day = checked(dt.date(year, month + 1, 1))
            last = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
            return self.now.replace(year=year, month=month + 1, day=min(self.now.day, last.day))
        moment = self.now + direction * span.count * _FIXED[span.unit]
        checked(moment.date())
        return moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many hours, days, weeks or months."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count:,} {_UNITS[self.unit]}{'' if self.count == 1 else 's'}"


def read_span(text: str) -> Span:
    """The span behind `48h`, `7d`, `2w` or `3m`. Raises `ValueError` for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    span = Span(count=int(found[1]), unit=found[2])
    for direction in (-1, 1):
        At().moved(span, direction)
    return span


def read_day(text: str) -> dt.date:
    """An ISO day that PostgreSQL can add a day to. Raises `ValueError`."""
    return checked(dt.date.fromisoformat(text))


def checked(day: dt.date) -> dt.date:
    """The day, when it is one that a shop can have."""
    if not 1900 <= day.year <= 2200:
        raise ValueError(day)
    return day


def next_day(day: dt.date) -> dt.date:
    """The day after."""
    return day + dt.timedelta(days=1)
