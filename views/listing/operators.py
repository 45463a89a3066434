"""What can be asked of a column of each kind, and the condition that each question becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

import sqlalchemy as sa

from views.listing.times import At, next_day

Clause: TypeAlias = sa.ColumnElement[bool]
#: From the attribute, what was read, and the moment of reading.
Make: TypeAlias = Callable[[Any, Sequence[Any], At], Clause]


class Kind(StrEnum):
    """Kinds of filters."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    REF = "ref"
    TIME = "time"


class Takes(StrEnum):
    """What follows an operator's colon."""

    NOTHING = "nothing"
    VALUE = "value"
    #: Two values with `..` between them.
    TWO = "two"
    #: Such as `48h`.
    SPAN = "span"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One question: its name in the address, its words in a sentence, and its condition."""

    key: str
    words: str
    make: Make
    takes: Takes = Takes.VALUE
    #: Whether several values make one condition: any of them, or none of them.
    gathers: bool = False


def _bind(value: Any) -> Any:
    """Numbers are compared as numbers, so that 10.5 or 10^14 is no error for a whole-number column."""
    return sa.literal(value, sa.Numeric()) if isinstance(value, Decimal) else value


def _any_of(attribute: Any, values: Sequence[Any], _at: At) -> Clause:
    bound = [_bind(value) for value in values]
    return attribute.in_(bound) if len(bound) > 1 else attribute == bound[0]


def _none_of(attribute: Any, values: Sequence[Any], _at: At) -> Clause:
    """A row without a value is none of them either."""
    bound = [_bind(value) for value in values]
    differs = attribute.not_in(bound) if len(bound) > 1 else attribute != bound[0]
    return sa.or_(attribute.is_(None), differs) if nullable(attribute) else differs


def nullable(attribute: Any) -> bool:
    """Whether the column of the attribute may be empty."""
    return bool(attribute.property.columns[0].nullable)


def _compared(name: str) -> Make:
    return lambda attribute, values, _at: getattr(attribute, name)(_bind(values[0]))


def _within(attribute: Any, low: dt.datetime | None, high: dt.datetime | None) -> Clause:
    """From `low` on, and before `high`."""
    ends = [] if low is None else [attribute >= low]
    return sa.and_(*ends, *([] if high is None else [attribute < high]))


def _day_range(attribute: Any, first: dt.date | None, last: dt.date | None, at: At) -> Clause:
    """Both days belong to it."""
    low = None if first is None else at.midnight(first)
    return _within(attribute, low, None if last is None else at.midnight(next_day(last)))


def _this_month(attribute: Any, _values: Sequence[Any], at: At) -> Clause:
    first = at.today.replace(day=1)
    following = (first + dt.timedelta(days=31)).replace(day=1)
    return _within(attribute, at.midnight(first), at.midnight(following))


def _this_week(attribute: Any, _values: Sequence[Any], at: At) -> Clause:
    monday = at.today - dt.timedelta(days=at.today.weekday())
    return _day_range(attribute, monday, monday + dt.timedelta(days=6), at)


_EMPTY = (
    Operator(key="empty", words="is empty", takes=Takes.NOTHING, make=lambda one, _values, _at: one.is_(None)),
    Operator(key="set", words="is not empty", takes=Takes.NOTHING, make=lambda one, _values, _at: one.is_not(None)),
)
_IS = Operator(key="is", words="is", make=_any_of, gathers=True)
_NOT = Operator(key="not", words="is not", make=_none_of, gathers=True)
_TEXT = (
    _IS,
    _NOT,
    Operator(
        key="starts", words="starts with", make=lambda one, values, _at: one.startswith(values[0], autoescape=True)
    ),
)
_NUMBER = (
    Operator(key="eq", words="=", make=_any_of, gathers=True),
    Operator(key="ne", words="≠", make=_none_of, gathers=True),
    Operator(key="lt", words="<", make=_compared("__lt__")),
    Operator(key="lte", words="≤", make=_compared("__le__")),
    Operator(key="gt", words=">", make=_compared("__gt__")),
    Operator(key="gte", words="≥", make=_compared("__ge__")),
    Operator(
        key="between",
        words="between",
        takes=Takes.TWO,
        make=lambda one, values, _at: sa.and_(one >= _bind(values[0]), one <= _bind(values[1])),
    ),
)
_TIME = (
    Operator(key="on", words="on", make=lambda one, values, at: _day_range(one, values[0], values[0], at)),
    Operator(key="before", words="before", make=lambda one, values, at: _within(one, None, at.midnight(values[0]))),
    Operator(
        key="after", words="after", make=lambda one, values, at: _within(one, at.midnight(next_day(values[0])), None)
    ),
    Operator(key="from", words="from", make=lambda one, values, at: _day_range(one, values[0], None, at)),
    Operator(key="to", words="up to", make=lambda one, values, at: _day_range(one, None, values[0], at)),
    Operator(
        key="between",
        words="between",
        takes=Takes.TWO,
        make=lambda one, values, at: _day_range(one, values[0], values[1], at),
    ),
    # Figures count days of UTC, whoever looks at them; their rows are found by the same days.
    Operator(
        key="utc",
        words="between, in days of UTC,",
        takes=Takes.TWO,
        make=lambda one, values, at: _day_range(one, values[0], values[1], At(now=at.now)),
    ),
    Operator(
        key="last",
        words="in the last",
        takes=Takes.SPAN,
        make=lambda one, values, at: _within(one, at.moved(values[0], -1), at.now),
    ),
    Operator(
        key="next",
        words="in the next",
        takes=Takes.SPAN,
        make=lambda one, values, at: _within(one, at.now, at.moved(values[0], 1)),
    ),
    Operator(
        key="older",
        words="older than",
        takes=Takes.SPAN,
        make=lambda one, values, at: _within(one, None, at.moved(values[0], -1)),
    ),
    Operator(
        key="today",
        words="today",
        takes=Takes.NOTHING,
        make=lambda one, _values, at: _day_range(one, at.today, at.today, at),
    ),
    Operator(
        key="yesterday",
        words="yesterday",
        takes=Takes.NOTHING,
        make=lambda one, _values, at: _within(one, at.midnight(at.today - dt.timedelta(days=1)), at.midnight(at.today)),
    ),
    Operator(key="this-week", words="this week", takes=Takes.NOTHING, make=_this_week),
    Operator(key="this-month", words="this month", takes=Takes.NOTHING, make=_this_month),
)
_OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: _TEXT,
    Kind.NUMBER: _NUMBER,
    Kind.CHOICE: (_IS, _NOT),
    Kind.REF: (_IS, _NOT),
    Kind.TIME: _TIME,
}
#: Pairs that `_from` and `_to` become: from alone, up to alone.
BOUNDS: Mapping[Kind, tuple[str, str]] = {Kind.NUMBER: ("gte", "lte"), Kind.TIME: ("from", "to")}


def operators(kind: Kind, attribute: Any) -> dict[str, Operator]:
    """What can be asked of this column, by the name in the address; the first is what a bare value means."""
    offered = (*_OPERATORS[kind], *(_EMPTY if nullable(attribute) else ()))
    return {one.key: one for one in offered}
