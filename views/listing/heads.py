"""What the head of a column tells the cells below it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from views.columns import Column, Kind


class Head(NamedTuple):
    """Class of the heading, and the attribute that its cells change in place."""

    css: str
    edit: str | None


def heads(columns: Sequence[Column], editable: Container[str]) -> list[Head]:
    """One for each column."""
    return [
        Head(
            css="number" if column.numeric else "time" if column.kind is Kind.TIME else "",
            edit=column.key if column.key in editable else None,
        )
        for column in columns
    ]
