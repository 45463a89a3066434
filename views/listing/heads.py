"""What the head of a column tells the cells below it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from markupsafe import escape

from views.columns import Column, Kind


class Head(NamedTuple):
    """Class of the heading, the attribute that its cells change in place, and what each cell says as markup."""

    css: str
    edit: str | None
    cell: str


def heads(columns: Sequence[Column], editable: Container[str]) -> list[Head]:
    """One for each column. Cells say their column's name, which a telephone shows; the first is the title there."""
    return [
        Head(
            css="number" if column.numeric else "time" if column.kind is Kind.TIME else "",
            edit=column.key if column.key in editable else None,
            cell=f' data-label="{escape(column.label)}"' if index else "",
        )
        for index, column in enumerate(columns)
    ]
