"""Which columns a list shows, in which order, and the SELECT that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from views import cells
from views.access import Access, Entity
from views.columns import Column, Kind, resolve
from views.formats import Format
from views.labels import named_by

#: Layouts kept in memory for each list; people choose few.
_KEPT = 200
#: A record, seen from its list.
RECORD = "details/?id="
_WORDS = frozenset({Kind.TEXT, Kind.CODE, Kind.EMAIL})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Columns in order, how to read their rows, and one SELECT for each sort."""

    columns: tuple[Column, ...]
    reader: cells.RowReader
    selects: dict[str, sa.Select[Any]]
    #: Where the name of the row stands; None when it is not among the columns.
    named: int | None

    def cells(self, row: Any, link: cells.Linker, form: Format) -> list[cells.Cell]:
        """The cells of a row of one of the selects; its name leads to its record."""
        found = self.reader.cells(row, link, form)
        if self.named is not None:
            one = found[self.named]
            found[self.named] = one._replace(text=one.text or "Open", href=f"{RECORD}{row[0]}")
        return found


class Layouts:
    """The layouts of one list: the declared one, and those that people choose from `offered`."""

    def __init__(self, entity: Entity, access: Access, pins: Sequence[str], sorts: Sequence[str]) -> None:
        model: Any = entity.model
        self._model = model
        self._sorts = sorts
        self._head = [cells.as_text(model.id).label("row_id"), *(getattr(model, name) for name in pins)]
        #: Where the value of the sort stands in a row.
        self.sorted_at = len(self._head)
        declared = resolve(model, access.columns)
        self.name = name_of(model, declared)
        self.usual = self._make(declared)
        #: Everything that can be chosen, by key. Personal data that only the record page shows stays there, because
        #: looking at it is noted record by record (ACC-3).
        self.offered: dict[str, Column] = {one.key: one for one in declared}
        for one in resolve(model, access.details):
            if not one.personal and not is_long(one):
                self.offered.setdefault(one.key, one)
        self._chosen: dict[tuple[str, ...], Layout] = {}

    def known(self, keys: Sequence[Any]) -> tuple[str, ...]:
        """Those of the keys that this list offers, each once, in their order."""
        return tuple(dict.fromkeys(key for key in keys if isinstance(key, str) and key in self.offered))

    def of(self, keys: Sequence[Any] | None) -> Layout:
        """The layout with these columns; the declared one when none of them is known."""
        wanted = self.known(keys or ())
        if not wanted:
            return self.usual
        if wanted not in self._chosen:
            if len(self._chosen) >= _KEPT:
                self._chosen.clear()
            self._chosen[wanted] = self._make(tuple(self.offered[key] for key in wanted))
        return self._chosen[wanted]

    def _make(self, columns: tuple[Column, ...]) -> Layout:
        parts = cells.parts(columns)
        model = self._model
        selects = {
            key: sa.select(*self._head, getattr(model, key).label("sorted"), *parts).select_from(model)
            for key in self._sorts
        }
        keys = [column.key for column in columns]
        return Layout(
            columns=columns,
            reader=cells.RowReader(columns, offset=len(self._head) + 1),
            selects=selects,
            named=keys.index(self.name) if self.name in keys else None,
        )


def name_of(model: type[Any], columns: Sequence[Column]) -> str | None:
    """The column that is the name of a row: its label, else the list's first column when that is a word of its own."""
    label = named_by(model)
    if label in {column.key for column in columns}:
        return label
    return columns[0].key if columns and columns[0].kind in _WORDS else None


def is_long(column: Column) -> bool:
    """What takes too much room for a list: JSON, pictures and text of any length."""
    return column.kind in {Kind.JSON, Kind.PICTURES, Kind.LONG}
