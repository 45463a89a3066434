"""What a file of a list selects: formatted in SQL, safe in spreadsheets, compiled for the worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.services.exports.texts import amount, moment, plain_text, safe_text
from views.columns import Column, Kind


def exported(column: Column, *, safe: bool = True) -> list[tuple[str, str, Any]]:
    """Header, kind and expression of each column of a file that `column` becomes; money is two: amount and currency.

    `safe` when nothing but the text itself keeps it from being a formula.
    """
    first, kind = column.parts[0], column.kind
    text = safe_text if safe else plain_text
    if kind is Kind.MONEY:
        currency = (f"{column.label} currency", Kind.TEXT.value, column.parts[1])
        return [(column.label, kind.value, amount(*column.parts)), currency]
    if kind is Kind.REF:
        return [(column.label, kind.value, text(column.parts[1]))]
    if kind is Kind.TIME:
        return [(column.label, kind.value, moment(first))]
    if kind is Kind.BOOL:
        return [(column.label, kind.value, sa.case((first, "yes"), (sa.not_(first), "no")))]
    if kind in {Kind.NUMBER, Kind.RATE, Kind.ID}:
        return [(column.label, kind.value, first)]
    return [(column.label, kind.value, text(first))]


def selection(columns: Sequence[Column], *, safe: bool = True) -> tuple[list[dict[str, str]], list[Any]]:
    """Heads of a file of these columns, and what to select for it; headers that repeat get a number."""
    seen: dict[str, int] = {}
    heads, chosen = [], []
    for column in columns:
        for header, kind, expression in exported(column, safe=safe):
            seen[header] = seen.get(header, 0) + 1
            name = header if seen[header] == 1 else f"{header} {seen[header]}"
            heads.append({"label": name, "kind": kind})
            chosen.append(expression.label(name))
    return heads, chosen


def stream(engine: sa.Engine, statement: str) -> Iterator[bytes]:
    """The rows of a compiled statement as CSV with a header, over a connection that closes with the response."""
    connection = engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute("SET TRANSACTION READ ONLY")
        with cursor.copy(f"COPY ({statement}) TO STDOUT WITH (FORMAT csv, HEADER)") as copy:
            for data in copy:
                yield bytes(data)
    finally:
        connection.rollback()
        connection.close()
