"""From values of the database to the text, link and look of a cell: by the kind of the column, never by view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from backoffice.enums import Status, Tone
from models import User
from views.columns import Column, Kind
from views.formats import Format

#: Where the record page of a row of an entity is, in the panel that is shown; None when the panel has none.
Linker = Callable[[type[Any] | None, Any], str | None]


class Cell(NamedTuple):
    """What a cell shows. `look` names the macro and the style; `title` is the whole of what `text` shortens."""

    text: str
    href: str | None = None
    look: str | None = None
    title: str | None = None
    #: The value itself, for looks that need more than text: JSON, pictures.
    value: Any = None


BLANK = Cell("")
#: The looks of statuses, by the tone that they have.
TONES = {tone: f"tone tone-{tone}" for tone in Tone}
#: The same for templates, which ask about each cell of a list: looking it up takes less than a call.
TONE_LOOKS = frozenset(TONES.values())
_TAIL = 8


# By type too, because the same word is equal in every enum.
@lru_cache(maxsize=None, typed=True)
def enum_cell(value: Any) -> Cell:
    """A member's label, in its tone when it is a status."""
    return Cell(value.label, None, TONES[value.tone] if isinstance(value, Status) else None)


def id_cell(value: Any) -> Cell:
    """The random end of an id, which tells rows apart; the whole for whoever copies it."""
    text = str(value)
    return Cell(text[-_TAIL:], None, "id", text)


def json_cell(value: Any) -> Cell:
    """JSON: how much there is as text, the value for whoever unfolds it."""
    size = f"{len(value)} {'entries' if len(value) != 1 else 'entry'}" if isinstance(value, list | dict) else str(value)
    return Cell(size, None, "json", None, value)


def pictures_cell(value: Any) -> Cell:
    """Addresses of pictures; anything else in the column is shown as JSON."""
    whole = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not whole:
        return json_cell(value)
    return Cell(f"{len(value)} {'pictures' if len(value) != 1 else 'picture'}", None, "pictures", None, value)


def time_cell(value: Any, form: Format) -> Cell:
    """How long ago; the exact time on hover."""
    return Cell(form.relative(value), None, "time", form.exact(value), value)


_MAKERS: Mapping[Kind, Callable[[Sequence[Any], Format], Cell]] = {
    Kind.TEXT: lambda values, _: Cell(str(values[0])),
    Kind.LONG: lambda values, _: Cell(str(values[0]), None, "long"),
    Kind.CODE: lambda values, _: Cell(str(values[0]), None, "code"),
    Kind.ID: lambda values, _: id_cell(values[0]),
    Kind.EMAIL: lambda values, _: Cell(str(values[0]), None, "email"),
    Kind.LINK: lambda values, _: Cell(str(values[0]), None, "link"),
    Kind.ADDRESS: lambda values, _: Cell(str(values[0]), None, "address"),
    Kind.MONEY: lambda values, form: Cell(form.money(values[0], values[1]), None, "number"),
    Kind.NUMBER: lambda values, form: Cell(form.number(values[0]), None, "number"),
    Kind.RATE: lambda values, form: Cell(form.percent(values[0]), None, "number"),
    Kind.BOOL: lambda values, _: Cell("Yes", None, "yes") if values[0] else Cell("No", None, "no"),
    Kind.TIME: lambda values, form: time_cell(values[0], form),
    Kind.ENUM: lambda values, _: enum_cell(values[0]),
    Kind.JSON: lambda values, _: json_cell(values[0]),
    Kind.PICTURES: lambda values, _: pictures_cell(values[0]),
}


def cell_of(kind: Kind, values: Sequence[Any], form: Format) -> Cell:
    """A value that is not read from a list; of money, `values` are the amount and the currency."""
    return _MAKERS[kind](values, form)


class RowReader:
    """Reads rows selected by `parts(columns)`: knows where each column's values are."""

    def __init__(self, columns: Sequence[Column], *, offset: int) -> None:
        self._steps: list[tuple[Callable[[Sequence[Any], Format], Cell] | None, Column, int, int]] = []
        for column in columns:
            width = len(column.parts)
            self._steps.append((_MAKERS.get(column.kind), column, offset, offset + width))
            offset += width

    def cells(self, row: Sequence[Any], link: Linker, form: Format) -> list[Cell]:
        """The cells of one row; an empty value is a blank cell."""
        return [
            BLANK
            if row[start] is None
            else make(row[start:end], form)
            if make is not None
            else _reference(column, row[start], row[start + 1], link)
            for make, column, start, end in self._steps
        ]


def _reference(column: Column, row_id: Any, label: str | None, link: Linker) -> Cell:
    """The label of the row that is referred to, as a link where this panel has pages for it."""
    look = "person" if column.target is User else None
    return Cell(label or str(row_id), link(column.target, row_id), look)


def parts(columns: Sequence[Column]) -> list[Any]:
    """What to select for these columns, each part under a name of its own."""
    return [
        as_text(part).label(f"{column.key}_{index}") for column in columns for index, part in enumerate(column.parts)
    ]


def as_text(part: Any) -> Any:
    """An id as text, since nobody here wants more than to show it; a page has hundreds."""
    return sa.cast(part, sa.Text) if isinstance(part.type, sa.Uuid) else part
