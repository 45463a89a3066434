"""CSV as PostgreSQL writes it: formatted in SQL, safe in spreadsheets, streamed in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from views.columns import Column, Kind

MAX_ROWS = 100_000

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


def exported(column: Column) -> list[tuple[str, Any]]:
    """Header and expression of each CSV column that `column` becomes; money is two: amount and currency."""
    first = column.parts[0]
    if column.kind is Kind.MONEY:
        return [(column.label, _amount(*column.parts)), (f"{column.label} currency", column.parts[1])]
    if column.kind is Kind.REF:
        return [(column.label, safe_text(column.parts[1]))]
    if column.kind is Kind.TIME:
        return [(column.label, sa.func.to_char(sa.func.timezone("UTC", first), _ISO))]
    if column.kind is Kind.BOOL:
        return [(column.label, sa.case((first, "yes"), (sa.not_(first), "no")))]
    if column.kind in {Kind.NUMBER, Kind.RATE, Kind.ID}:
        return [(column.label, first)]
    return [(column.label, safe_text(first))]


def selection(columns: Sequence[Column]) -> list[Any]:
    """What to select for a CSV of these columns; headers that repeat get a number."""
    seen: dict[str, int] = {}
    chosen = []
    for column in columns:
        for header, expression in exported(column):
            seen[header] = seen.get(header, 0) + 1
            name = header if seen[header] == 1 else f"{header} {seen[header]}"
            chosen.append(expression.label(name))
    return chosen


def stream(engine: sa.Engine, statement: sa.Select[Any]) -> Iterator[bytes]:
    """The rows of `statement` as CSV with a header, over a connection of its own that closes with the response."""
    sql, parameters = _compiled(statement)
    connection = engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute("SET TRANSACTION READ ONLY")
        with cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv, HEADER)", parameters) as copy:
            yield from _in_blocks(copy)
    finally:
        connection.rollback()
        connection.close()


def _in_blocks(copy: Any, size: int = 65536) -> Iterator[bytes]:
    """Rows gathered to blocks, because one write to the socket per row is slow."""
    held: list[bytes] = []
    length = 0
    for data in copy:
        held.append(bytes(data))
        length += len(data)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    if held:
        yield b"".join(held)


def _compiled(statement: sa.Select[Any]) -> tuple[str, dict[str, Any]]:
    """SQL text and parameters as the driver takes them; COPY cannot go through SQLAlchemy."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    processors = compiled._bind_processors  # noqa: SLF001 - SQLAlchemy has no public name for them
    values = compiled.construct_params()
    bound = {name: processors[name](value) if name in processors else value for name, value in values.items()}
    return str(compiled), bound
