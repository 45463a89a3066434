"""What a file of a list selects: formatted in SQL, safe in spreadsheets, compiled for the worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from views.columns import Column, Kind

#: First characters that make spreadsheets run a cell: = + - @ tab, CR, LF and the full-width forms of the first four.
_DANGEROUS = [*map(ord, "=+-@\t\r\n"), 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20]
_DIALECT = PGDialect_psycopg()
_ISO = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'


def safe_text(value: Any) -> sa.ColumnElement[str]:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before a dangerous first character."""
    text = sa.cast(value, sa.Text)
    dangerous = sa.func.ascii(text).in_([sa.literal_column(str(code)) for code in _DANGEROUS])
    return sa.case((dangerous, "'" + text), else_=text)


def safe_cell(text: str) -> str:
    """As `safe_text`, for a text that is here already."""
    return "'" + text if text and ord(text[0]) in _DANGEROUS else text


def _amount(value: Any, currency: Any) -> sa.ColumnElement[str]:
    return sa.cast(sa.func.round(value, sa.func.currency_exponent(currency)), sa.Text)


def exported(column: Column, *, safe: bool = True) -> list[tuple[str, str, Any]]:
    """Header, kind and expression of each column of a file that `column` becomes; money is two: amount and currency.

    `safe` when nothing but the text itself keeps it from being a formula.
    """
    first, kind = column.parts[0], column.kind
    text = safe_text if safe else _text
    if kind is Kind.MONEY:
        currency = (f"{column.label} currency", Kind.TEXT.value, column.parts[1])
        return [(column.label, kind.value, _amount(*column.parts)), currency]
    if kind is Kind.REF:
        return [(column.label, kind.value, text(column.parts[1]))]
    if kind is Kind.TIME:
        return [(column.label, kind.value, sa.func.to_char(sa.func.timezone("UTC", first), _ISO))]
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


def compiled(session: Session, statement: sa.Select[Any]) -> str:
    """The statement as one text with its values in it, as the driver itself quotes them for this connection."""
    made = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    processors = made._bind_processors  # noqa: SLF001 - SQLAlchemy has no public name for them
    values = made.construct_params()
    bound = {name: processors[name](value) if name in processors else value for name, value in values.items()}
    return str(psycopg.ClientCursor(session.connection().connection.driver_connection).mogrify(str(made), bound))


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


def _text(value: Any) -> sa.ColumnElement[str]:
    return sa.cast(value, sa.Text)
