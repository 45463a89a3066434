"""Typed filters: what the address says, checked, as a condition; a bad value is told and filters nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from models.base import EnumText
from views.columns import attribute_column, is_amount, referred_model, words

PREFIX = "f_"


@dataclass(slots=True, kw_only=True)
class Answer:
    """What a filter made of the address: its conditions, what it shows again, and what was wrong."""

    clauses: list[sa.ColumnElement[bool]] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter of a list. `control` names the macro that draws it: choice, range, exact or ref."""

    key: str
    label: str
    control: str
    attribute: Any
    read: Callable[[str], Any]
    options: Sequence[tuple[str, str]] = ()
    target: type[Any] | None = None
    #: Input type of the browser.
    input: str = "text"

    @property
    def name(self) -> str:
        """Name in the address."""
        return PREFIX + self.key

    def answer(self, args: MultiDict[str, str]) -> Answer:
        """Read this filter's part of the address. A parameter given twice counts once, the last; choices add up."""
        answer = Answer()
        if self.control == "range":
            self._bound(args, "_from", answer, lambda value: self.attribute >= _bind(value))
            self._bound(args, "_to", answer, self._until)
            return answer
        values = [value for text in args.getlist(self.name) if (value := self._value(text, answer)) is not None]
        if self.control != "choice":
            values = values[-1:]
        if values:
            answer.shown[self.name] = [str(getattr(value, "value", value)) for value in values]
            answer.clauses.append(self.attribute.in_(values) if len(values) > 1 else self.attribute == values[0])
        return answer

    def _bound(self, args: MultiDict[str, str], suffix: str, answer: Answer, clause: Callable[[Any], Any]) -> None:
        texts = args.getlist(self.name + suffix)
        value = self._value(texts[-1], answer) if texts else None
        if value is not None:
            answer.shown[self.name + suffix] = texts[-1]
            answer.clauses.append(clause(value))

    def _until(self, value: Any) -> sa.ColumnElement[bool]:
        """A day as the upper end means the whole day."""
        if isinstance(value, dt.datetime):
            return self.attribute < value + dt.timedelta(days=1)
        return self.attribute <= _bind(value)

    def _value(self, text: str, answer: Answer) -> Any:
        text = text.strip()
        if not text:
            return None
        try:
            return self.read(text)
        except (ValueError, KeyError, OverflowError, InvalidOperation):
            answer.problems.append(f"{self.label}: this value was not understood and is left out.")
            return None


def _bind(value: Any) -> Any:
    """Numbers are compared as numbers, so that 10.5 or 10^14 is no error for a whole-number column."""
    return sa.literal(value, sa.Numeric()) if isinstance(value, Decimal) else value


def read_day(text: str) -> dt.datetime:
    """Midnight UTC of an ISO day that PostgreSQL can add a day to."""
    day = dt.date.fromisoformat(text)
    if not 1900 <= day.year <= 2200:
        raise ValueError(text)
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def read_number(text: str) -> Decimal:
    """A finite number of ordinary size."""
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= 10**15 or len(text) > 40:
        raise ValueError(text)
    return value


def read_flag(text: str) -> bool:
    """`yes` or `no`."""
    return {"yes": True, "no": False}[text]


def read_text(text: str) -> str:
    """Text that PostgreSQL can store."""
    if "\x00" in text or len(text) > 300:
        raise ValueError(text)
    return text


def make_filter(model: type[Any], name: str) -> Filter:
    """The filter for an attribute, its kind read from the column's type."""
    column = attribute_column(model, name)
    kind, read, extra = _kind(column)
    return Filter(key=name, label=words(name), control=kind, attribute=getattr(model, name), read=read, **extra)


def _kind(column: sa.Column[Any]) -> tuple[str, Callable[[str], Any], dict[str, Any]]:
    target = referred_model(column)
    if target is not None:
        return "ref", uuid.UUID, {"target": target}
    if isinstance(column.type, EnumText):
        members = column.type.enum_class
        return "choice", members, {"options": [(member.value, member.label) for member in members]}
    if isinstance(column.type, sa.Boolean):
        return "choice", read_flag, {"options": [("yes", "Yes"), ("no", "No")]}
    if isinstance(column.type, sa.DateTime):
        return "range", read_day, {"input": "date"}
    if is_amount(column) or isinstance(column.type, sa.Integer | sa.Numeric):
        return "range", read_number, {"input": "number"}
    return "exact", read_text, {}
