"""Typed filters: the grammar of a list's address.

Each condition is a parameter of its own, so that an address can be read, written by hand, linked and kept:

    f_status=pending                     is; given twice: any of them
    f_status=not:rejected                is not; given twice: none of them
    f_price=gte:10                       eq ne lt lte gt gte, between:10..50
    f_price_from=10&f_price_to=50        the same as between:10..50; either may be left out
    f_created_at=2026-03-01              on that day; before: after: from: to: between:2026-03-01..2026-03-31
    f_created_at=last:7d                 last: next: older: with a count and h, d, w or m
    f_created_at=today                   today, yesterday, this-week, this-month
    f_key=starts:payout                  text: is, not:, starts:
    f_assigned_to=empty                  empty and set, for columns that may be empty
    f_type=is:not:here                   `is:` before a text that would look like an operator

All conditions must hold; `match=any` asks for one of them. `g1_` to `g9_` before a name put the condition into a
group, which is one condition among the others: `g1_match=any&g1_f_status=pending&g1_f_created_at=older:48h`.

What is not understood is told in a sentence and filters nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from models.base import EnumText
from views.columns import attribute_column, is_amount, referred_model, words
from views.listing.operators import Clause, Kind, Operator, Takes, operators
from views.listing.times import At, read_day, read_span

PREFIX = "f_"
#: Between the two values of an operator that takes two.
BETWEEN = ".."


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One column of a list that can be asked about."""

    key: str
    label: str
    kind: Kind
    attribute: Any
    read: Callable[[str], Any]
    operators: Mapping[str, Operator]
    options: Sequence[tuple[str, str]] = ()
    target: type[Any] | None = None
    #: Labels of the options by value.
    _said: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name in the address."""
        return PREFIX + self.key

    @property
    def usual(self) -> Operator:
        """What a bare value means."""
        return next(iter(self.operators.values()))

    def split(self, text: str) -> tuple[Operator, list[str]]:
        """Operator and values of a parameter, as text. Raises `ValueError` when a value is missing."""
        head, colon, rest = text.partition(":")
        operator = self.operators.get(head)
        if operator is None or (bool(colon) is (operator.takes is Takes.NOTHING)):
            return self.usual, [text]
        if operator.takes is Takes.NOTHING:
            return operator, []
        if operator.takes is Takes.TWO:
            low, dots, high = rest.partition(BETWEEN)
            if not dots:
                raise ValueError(text)
            return operator, [low.strip(), high.strip()]
        return operator, [rest.strip()]

    def join(self, operator: Operator, values: Sequence[str]) -> str:
        """The parameter that `split` would read as this; a bare value where that is no operator's name."""
        if operator.takes is Takes.NOTHING:
            return operator.key
        value = BETWEEN.join(values)
        plain = operator is self.usual and value.partition(":")[0] not in self.operators
        return value if plain else f"{operator.key}:{value}"

    def value(self, operator: Operator, text: str) -> Any:
        """The value behind the text. Raises `ValueError` and its like for what is none."""
        return read_span(text) if operator.takes is Takes.SPAN else self.read(text)

    def said(self, operator: Operator, text: str) -> str:
        """A value in words; a reference is told by whoever knows its label."""
        if operator.takes is Takes.SPAN:
            return str(read_span(text))
        return self._said.get(text, text)


#: What reading a value may raise.
UNREADABLE = (ValueError, KeyError, OverflowError, InvalidOperation)


def read_number(text: str) -> Decimal:
    """A finite number of ordinary size."""
    value = Decimal(text) if len(text) <= 40 else Decimal("NaN")
    if not value.is_finite() or abs(value) >= 10**15 or abs(value.adjusted()) > 20:
        raise ValueError(text)
    return value


def read_flag(text: str) -> bool:
    """`yes` or `no`."""
    return {"yes": True, "no": False}[text]


def read_text(text: str) -> str:
    """Text that PostgreSQL can store."""
    if "\x00" in text or len(text) > 300:
        raise ValueError(text)
    text.encode()
    return text


def make_filter(model: type[Any], name: str) -> Filter:
    """The filter for an attribute, its kind read from the column's type."""
    column = attribute_column(model, name)
    kind, read, extra = _kind(column)
    attribute = getattr(model, name)
    return Filter(
        key=name,
        label=words(name),
        kind=kind,
        attribute=attribute,
        read=read,
        operators=operators(kind, attribute),
        _said=dict(extra.get("options", ())),
        **extra,
    )


def make_asked(key: str, label: str, options: Mapping[str, tuple[str, Clause]]) -> Filter:
    """The filter for a rule: each option is a condition of its own."""

    def any_of(_attribute: Any, values: Sequence[Any], _at: At) -> Clause:
        return sa.or_(*(options[value][1] for value in values))

    def none_of(attribute: Any, values: Sequence[Any], at: At) -> Clause:
        return sa.not_(sa.func.coalesce(any_of(attribute, values, at), sa.false()))

    said = {value: words for value, (words, _) in options.items()}
    return Filter(
        key=key,
        label=label,
        kind=Kind.CHOICE,
        attribute=None,
        read={value: value for value in options}.__getitem__,
        operators={
            "is": Operator(key="is", words="is", make=any_of, gathers=True),
            "not": Operator(key="not", words="is not", make=none_of, gathers=True),
        },
        options=list(said.items()),
        _said=said,
    )


def _kind(column: sa.Column[Any]) -> tuple[Kind, Callable[[str], Any], dict[str, Any]]:
    target = referred_model(column)
    if target is not None:
        return Kind.REF, uuid.UUID, {"target": target}
    if isinstance(column.type, EnumText):
        members = column.type.enum_class
        return Kind.CHOICE, members, {"options": [(member.value, member.label) for member in members]}
    if isinstance(column.type, sa.Boolean):
        return Kind.CHOICE, read_flag, {"options": [("yes", "Yes"), ("no", "No")]}
    if isinstance(column.type, sa.DateTime):
        return Kind.TIME, read_day, {}
    if is_amount(column) or isinstance(column.type, sa.Integer | sa.Numeric):
        return Kind.NUMBER, read_number, {}
    return Kind.TEXT, read_text, {}
