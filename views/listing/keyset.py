"""Next and previous by the last row seen, not by counting rows: page 5,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

import sqlalchemy as sa

_READERS: Mapping[type, Callable[[str], Any]] = {
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    Decimal: Decimal,
    int: int,
    str: str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """An order of a list: an attribute with an index, then the id. Sorting by `id` alone needs no second column."""

    key: str
    model: type[Any]
    descending: bool
    #: Makes a value of the attribute from its text in a cursor.
    read: Callable[[str], Any]

    @classmethod
    def of(cls, model: type[Any], spec: str) -> Sort:
        """A sort from `name` or `-name`. Raises `KeyError` for an attribute whose values no cursor can hold."""
        key = spec.removeprefix("-")
        kind = getattr(model, key).type.python_type
        read = kind if issubclass(kind, Enum) or key == "id" else _READERS[kind]
        return cls(key=key, model=model, descending=spec.startswith("-"), read=read)

    @property
    def columns(self) -> tuple[Any, ...]:
        """What to order by."""
        attribute = getattr(self.model, self.key)
        return (attribute,) if self.key == "id" else (attribute, self.model.id)

    @property
    def by_time(self) -> bool:
        """Whether newest or oldest first are the better words."""
        return self.key in {"created_at", "id"}

    def order(self, *, backwards: bool = False) -> list[Any]:
        """ORDER BY, or its mirror image for the page before."""
        descending = self.descending is not backwards
        return [column.desc() if descending else column.asc() for column in self.columns]

    def after(self, cursor: str, *, backwards: bool = False) -> sa.ColumnElement[bool]:
        """Rows beyond the cursor. Raises `ValueError` for one that was never ours."""
        values = self._decode(cursor)
        bound = [sa.literal(value, column.type) for value, column in zip(values, self.columns, strict=True)]
        left, right = sa.tuple_(*self.columns), sa.tuple_(*bound)
        return left < right if self.descending is not backwards else left > right

    def encode(self, row_id: uuid.UUID | str, value: Any) -> str:
        """The cursor of a row, from its id and its value of the sort."""
        text = value.isoformat() if isinstance(value, dt.datetime) else str(getattr(value, "value", value))
        content = [str(row_id)] if self.key == "id" else [text, str(row_id)]
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    def _decode(self, cursor: str) -> list[Any]:
        try:
            content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            *head, row_id = content
            values: list[Any] = [self.read(text) for text in head]
            values.append(uuid.UUID(row_id))
        except (binascii.Error, TypeError, ValueError, InvalidOperation, RecursionError, AttributeError):
            raise ValueError("This is not a place in this list.") from None
        if len(values) != len(self.columns) or not all(map(_storable, values)):
            raise ValueError("This is not a place in this list.")
        return values


def _storable(value: Any) -> bool:
    """Whether PostgreSQL can compare with it: no NUL, no infinity, no time without a zone, no giant."""
    if isinstance(value, str):
        return "\x00" not in value and value.isprintable()
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value.adjusted()) < 30
    if isinstance(value, int):
        return abs(value) < 2**31
    return not isinstance(value, dt.datetime) or value.tzinfo is not None
