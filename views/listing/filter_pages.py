"""The filter builder: a form over the conditions of an address, made into an address again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from flask_admin.base import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from views import htmx
from views.current import acting, session
from views.listing import chips, conditions
from views.listing.filters import PREFIX, Filter
from views.listing.moment import moment
from views.listing.operators import Operator, Takes
from views.listing.query import ListQuery

_ROW = re.compile(r"c([0-9]{1,3})_column")
#: Groups that can be asked for; 0 is the address itself.
GROUPS = range(10)
_SPAN = re.compile(r"([0-9]*)([a-z]?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the builder."""

    number: int
    group: int
    filter: Filter
    operator: Operator
    values: tuple[str, ...]
    label: str = ""

    @property
    def span(self) -> tuple[str, str]:
        """Count and unit of a span."""
        found = _SPAN.fullmatch(self.values[0]) if self.values else None
        return (found[1], found[2] or "d") if found else ("", "d")


class FilterPages:
    """Mixin of `EntityView`."""

    listing: ListQuery
    render: Any
    get_url: Any

    @expose("/filters/")
    def filters_view(self) -> str | Response:
        """The builder, over the address that it was opened with; `apply` leads to the list.

        Its lines are `c0_column`, `c0_op`, `c0_value`, `c0_until`, `c0_unit`, `c0_group` and so on. It works line by
        line without JavaScript: a changed column is shown with its own questions at the next click.
        """
        args = request.args
        lines = self._lines(args)
        if "apply" in args:
            return redirect(self.get_url(".index_view") + "?" + self._address(args, lines))
        if "remove" in args:
            lines = [line for line in lines if str(line.number) != args["remove"]]
        if ("add" in args or not lines) and self.listing.filters and len(lines) < conditions.MOST:
            lines.append(self._new(max((line.number for line in lines), default=-1) + 1, args.get("add", "")))
        return self.render(
            "list/filters.html" if htmx.asks() else "list/filters_page.html",
            lines=lines,
            filters=self.listing.filters,
            groups=GROUPS,
            any_of={number for number in GROUPS if _match_of(args, number) == "any"},
            carried=[(name, value) for name, value in args.items(multi=True) if _is_carried(name) and value],
        )

    def _lines(self, args: MultiDict[str, str]) -> list[Line]:
        """Lines of the form when it is sent, else those of the address."""
        numbers = sorted({int(found[1]) for name in args if (found := _ROW.fullmatch(name))})[: conditions.MOST]
        if numbers:
            lines = [line for number in numbers if (line := self._typed(args, number)) is not None]
        else:
            asked = conditions.read(self.listing.filters, args, moment()).conditions
            lines = [
                Line(number=index, group=one.group, filter=one.filter, operator=one.operator, values=one.values)
                for index, one in enumerate(asked)
            ]
        return self._labelled(lines)

    def _typed(self, args: MultiDict[str, str], number: int) -> Line | None:
        one = self.listing.filters.get(args.get(f"c{number}_column", ""))
        if one is None:
            return None
        operator = one.operators.get(args.get(f"c{number}_op", ""), one.usual)
        values = [text.strip() for text in args.getlist(f"c{number}_value") if text.strip()]
        if args.get(f"c{number}_was", one.key) != one.key:
            operator, values = one.usual, []
        if operator.takes is Takes.SPAN and values and values[0].isdecimal():
            values = [values[0] + args.get(f"c{number}_unit", "d")]
        elif operator.takes is Takes.TWO:
            values = [*values[:1], *([until] if (until := args.get(f"c{number}_until", "").strip()) else [])]
        group = args.get(f"c{number}_group", "")
        return Line(
            number=number,
            group=int(group) if group.isascii() and group.isdecimal() and len(group) == 1 else 0,
            filter=one,
            operator=operator,
            values=() if operator.takes is Takes.NOTHING else tuple(values),
        )

    def _new(self, number: int, group: str) -> Line:
        """An empty line."""
        one = next(iter(self.listing.filters.values()))
        in_group = int(group) if group.isascii() and group.isdecimal() and len(group) == 1 else 0
        return Line(number=number, group=in_group, filter=one, operator=one.usual, values=())

    def _labelled(self, lines: list[Line]) -> list[Line]:
        """References with the labels of what they name."""
        asked: Any = [line for line in lines if line.values]
        names = chips.labels(session(), asked, acting())
        return [
            Line(
                number=line.number,
                group=line.group,
                filter=line.filter,
                operator=line.operator,
                values=line.values,
                label=names.get(line.values[0], "") if line.values else "",
            )
            for line in lines
        ]

    def _address(self, args: MultiDict[str, str], lines: list[Line]) -> str:
        """The query string of these lines, one parameter a condition, and of what else the list was asked."""
        pairs = [(name, value) for name, value in args.items(multi=True) if _is_carried(name) and value]
        used = {line.group for line in lines}
        pairs += [(_match_name(one), "any") for one in GROUPS if one in used and _match_of(args, one) == "any"]
        for line in lines:
            prefix = (f"g{line.group}_" if line.group else "") + PREFIX + line.filter.key
            pairs += [(prefix, text) for text in _texts(line)]
        if not any(name == "q" or conditions.asks(name) for name, _ in pairs):
            return chips.cleared(args)[1:]
        return urlencode(pairs, errors="replace")


def _texts(line: Line) -> list[str]:
    """The values of the line's parameters; none while something is missing, one end of a range as a bound."""
    if line.operator.takes is Takes.NOTHING:
        return [line.operator.key]
    if line.operator.takes is Takes.TWO and len(line.values) < 2:
        return []
    if line.operator.gathers:
        return [line.filter.join(line.operator, [value]) for value in line.values]
    wanted = 2 if line.operator.takes is Takes.TWO else 1
    return [line.filter.join(line.operator, line.values[:wanted])] if line.values else []


def _match_name(group: int) -> str:
    return f"g{group}_{conditions.MATCH}" if group else conditions.MATCH


def _match_of(args: MultiDict[str, str], group: int) -> str:
    return (args.getlist(_match_name(group)) or ["all"])[-1]


def _is_carried(name: str) -> bool:
    """Search, order and view stay as they are; a place would be another list's."""
    return name in {"q", "sort", "size", "view"}
