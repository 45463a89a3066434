"""From the parameters of an address to conditions: what they ask in SQL, what they say in words, what was wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from views.listing.filters import PREFIX, UNREADABLE, Filter
from views.listing.operators import BOUNDS, Kind, Operator, Takes
from views.listing.times import At

MATCH = "match"
#: A condition's parameter: the group, the column.
_NAME = re.compile(rf"(?:g([1-9])_)?{PREFIX}(.*)", re.DOTALL)
_GROUP_MATCH = re.compile(rf"g([1-9])_{MATCH}")
#: Nobody reads more; each costs the database something.
MOST = 60
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One active condition. `pairs` are the parameters it came from, so that a link can leave it out."""

    filter: Filter
    operator: Operator
    values: tuple[str, ...]
    pairs: Pairs
    clause: sa.ColumnElement[bool]
    group: int = 0

    def sentence(self, labels: Mapping[str, str]) -> str:
        """As a person says it: `Created at older than 48 hours`. `labels` are those of the rows it refers to."""
        said = [labels.get(text) or self.filter.said(self.operator, text) for text in self.values]
        joint = " and " if self.operator.takes is Takes.TWO else " or "
        return " ".join([self.filter.label, self.operator.words, *([joint.join(said)] if said else [])])


@dataclass(slots=True, kw_only=True)
class Asked:
    """All conditions of an address."""

    conditions: list[Condition] = field(default_factory=list)
    #: Groups of which one condition is enough; 0 is the address itself.
    any_of: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def clauses(self) -> list[sa.ColumnElement[bool]]:
        """What the rows must meet, all of it."""
        groups: dict[int, list[sa.ColumnElement[bool]]] = {}
        for one in self.conditions:
            groups.setdefault(one.group, []).append(one.clause)
        own = groups.pop(0, [])
        for number, clauses in sorted(groups.items()):
            own.append((sa.or_ if number in self.any_of else sa.and_)(*clauses))
        return [sa.or_(*own)] if own and 0 in self.any_of else own


def asks(name: str) -> bool:
    """Whether a parameter of this name is a condition itself."""
    return bool(_NAME.fullmatch(name))


def is_condition(name: str) -> bool:
    """Whether a parameter of this name belongs to the filter of a list."""
    return name == MATCH or asks(name) or bool(_GROUP_MATCH.fullmatch(name))


def read(filters: Mapping[str, Filter], args: MultiDict[str, str], at: At) -> Asked:
    """The conditions that `args` name, in the order of the list's filters, group by group."""
    asked = Asked()
    found: dict[tuple[int, str], list[tuple[str, str, str]]] = {}
    for name in args:
        parts = _NAME.fullmatch(name)
        if parts is None:
            _match(name, args, asked)
        elif texts := [text.strip() for text in args.getlist(name) if text.strip()]:
            key, suffix = _column(filters, parts[2])
            if key is None:
                asked.problems.append("This list has no such filter; it is left out.")
            else:
                found.setdefault((int(parts[1] or 0), key), []).extend((name, suffix, text) for text in texts)
    order = {key: index for index, key in enumerate(filters)}
    for group, key in sorted(found, key=lambda one: (one[0], order[one[1]])):
        for condition in _conditions(filters[key], group, found[group, key], at, asked.problems):
            if len(asked.conditions) == MOST:
                asked.problems.append(f"Only the first {MOST} conditions are used.")
                return asked
            asked.conditions.append(condition)
    return asked


def _match(name: str, args: MultiDict[str, str], asked: Asked) -> None:
    group = _GROUP_MATCH.fullmatch(name)
    if name != MATCH and group is None:
        return
    value = args.getlist(name)[-1]
    if value == "any":
        asked.any_of.add(int(group[1]) if group else 0)
    elif value not in {"all", ""}:
        asked.problems.append("Conditions match “all” or “any”; all of them are asked for.")


def _column(filters: Mapping[str, Filter], name: str) -> tuple[str | None, str]:
    """The filter of a parameter, and whether it is one end of a range."""
    if name in filters:
        return name, ""
    for suffix in ("_from", "_to"):
        key = name.removesuffix(suffix)
        if key != name and key in filters and filters[key].kind in BOUNDS:
            return key, suffix
    return None, ""


def _conditions(
    one: Filter, group: int, given: Sequence[tuple[str, str, str]], at: At, problems: list[str]
) -> Iterator[Condition]:
    """The conditions of one column in one group: gathered by operator where that fits, ends of a range joined."""
    gathered: dict[str, list[tuple[str, str]]] = {}
    ends: dict[str, tuple[str, str]] = {}
    for name, suffix, text in given:
        if suffix:
            # A parameter given twice counts once, the last.
            ends[suffix] = (name, text)
            continue
        try:
            operator, values = one.split(text)
            read_values = [one.value(operator, value) for value in values]
        except UNREADABLE:
            _tell(one, problems)
            continue
        if operator.gathers:
            gathered.setdefault(operator.key, []).append((name, text))
        else:
            yield _made(one, group, operator, values, read_values, ((name, text),), at)
    yield from _range(one, group, ends, at, problems)
    for key, pairs in gathered.items():
        operator = one.operators[key]
        texts = list(dict.fromkeys(one.split(text)[1][0] for _, text in pairs))[:MOST]
        yield _made(one, group, operator, texts, [one.value(operator, text) for text in texts], tuple(pairs), at)


def _range(
    one: Filter, group: int, ends: dict[str, tuple[str, str]], at: At, problems: list[str]
) -> Iterator[Condition]:
    """What `_from` and `_to` ask together."""
    values: dict[str, Any] = {}
    for suffix, (_, text) in ends.items():
        try:
            values[suffix] = one.read(text)
        except UNREADABLE:
            _tell(one, problems)
    if not values:
        return
    low, high = BOUNDS[one.kind]
    key = "between" if len(values) == 2 else low if "_from" in values else high
    known = [suffix for suffix in ("_from", "_to") if suffix in values]
    texts, pairs = [ends[suffix][1] for suffix in known], tuple(ends[suffix] for suffix in known)
    yield _made(one, group, one.operators[key], texts, [values[suffix] for suffix in known], pairs, at)


def _made(
    one: Filter, group: int, operator: Operator, texts: Sequence[str], values: Sequence[Any], pairs: Pairs, at: At
) -> Condition:
    clause = operator.make(one.attribute, values, at)
    return Condition(filter=one, operator=operator, values=tuple(texts), pairs=pairs, clause=clause, group=group)


def _tell(one: Filter, problems: list[str]) -> None:
    problems.append(f"{one.label}: this value was not understood and is left out.")


def needs_label(condition: Condition) -> bool:
    """Whether its values are ids of other rows."""
    return condition.filter.kind is Kind.REF and condition.operator.takes is Takes.VALUE
