"""From values of the database to the text, link and colour of a cell."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from backoffice.enums import Status
from backoffice.money import format_amount
from views.columns import Column, Kind

#: Where the record page of a row of an entity is, in the panel that is shown; None when the panel has none.
Linker = Callable[[type[Any] | None, Any], str | None]


class Cell(NamedTuple):
    """What a cell shows."""

    text: str
    href: str | None = None
    css: str | None = None


BLANK = Cell("")


def time_text(value: dt.datetime) -> str:
    """A time in UTC, to the minute."""
    return value.astimezone(dt.UTC).isoformat(" ", "minutes")[:16]


def rate_text(value: Decimal) -> str:
    """A fraction as a percentage: 0.080000 is 8 % (COM-7)."""
    return f"{(value * 100).normalize():f} %"


# By type too, because the same word is equal in every enum.
@lru_cache(maxsize=None, typed=True)
def enum_cell(value: Any) -> Cell:
    """A member's label, in its tone when it is a status."""
    return Cell(value.label, None, f"tone-{value.tone}" if isinstance(value, Status) else None)


_MAKERS: Mapping[Kind, Callable[[Sequence[Any]], Cell]] = {
    Kind.TEXT: lambda values: Cell(str(values[0])),
    Kind.CODE: lambda values: Cell(str(values[0]), None, "code"),
    Kind.MONEY: lambda values: Cell(format_amount(values[0], values[1]), None, "number"),
    Kind.NUMBER: lambda values: Cell(f"{values[0]:,}", None, "number"),
    Kind.RATE: lambda values: Cell(rate_text(values[0]), None, "number"),
    Kind.BOOL: lambda values: Cell("Yes" if values[0] else "No"),
    Kind.TIME: lambda values: Cell(time_text(values[0]), None, "time"),
    Kind.ENUM: lambda values: enum_cell(values[0]),
    Kind.JSON: lambda values: Cell(json.dumps(values[0], ensure_ascii=False, indent=2), None, "json"),
}


class RowReader:
    """Reads rows selected by `parts(columns)`: knows where each column's values are."""

    def __init__(self, columns: Sequence[Column], *, offset: int) -> None:
        self._steps: list[tuple[Callable[[Sequence[Any]], Cell] | None, Column, int, int]] = []
        for column in columns:
            width = len(column.parts)
            self._steps.append((_MAKERS.get(column.kind), column, offset, offset + width))
            offset += width

    def cells(self, row: Sequence[Any], link: Linker) -> list[Cell]:
        """The cells of one row; an empty value is a blank cell."""
        return [
            BLANK
            if row[start] is None
            else make(row[start:end])
            if make is not None
            else _reference(column, row[start], row[start + 1], link)
            for make, column, start, end in self._steps
        ]


def _reference(column: Column, row_id: Any, label: str | None, link: Linker) -> Cell:
    """The label of the row that is referred to, as a link where this panel has pages for it."""
    return Cell(label or str(row_id), link(column.target, row_id))


def parts(columns: Sequence[Column]) -> list[Any]:
    """What to select for these columns, each part under a name of its own."""
    return [
        as_text(part).label(f"{column.key}_{index}") for column in columns for index, part in enumerate(column.parts)
    ]


def as_text(part: Any) -> Any:
    """An id as text, since nobody here wants more than to show it; a page has hundreds."""
    return sa.cast(part, sa.Text) if isinstance(part.type, sa.Uuid) else part
