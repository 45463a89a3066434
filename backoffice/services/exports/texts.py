"""What a file may hold, safe in spreadsheets, and its statement as the worker gets it: compiled with its values."""

from __future__ import annotations

from typing import Any, Final, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

#: First characters that make spreadsheets run a cell: = + - @ tab, CR, LF and the full-width forms of the first four.
_DANGEROUS: Final = (*map(ord, "=+-@\t\r\n"), 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)
_DIALECT: Final[Any] = cast("Any", PGDialect_psycopg)()
_ISO: Final = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'


def plain_text(value: Any) -> sa.ColumnElement[str]:
    """The value as text, as it is."""
    return sa.cast(value, sa.Text)


def safe_text(value: Any) -> sa.ColumnElement[str]:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before a dangerous first character."""
    text = plain_text(value)
    dangerous = sa.func.ascii(text).in_([sa.literal_column(str(code)) for code in _DANGEROUS])
    return sa.case((dangerous, "'" + text), else_=text)


def safe_cell(text: str) -> str:
    """As `safe_text`, for a text that is here already."""
    return "'" + text if text and ord(text[0]) in _DANGEROUS else text


def amount(value: Any, currency: Any) -> sa.ColumnElement[str]:
    """An amount with as many decimals as its currency has."""
    return plain_text(sa.func.round(value, sa.func.currency_exponent(currency)))


def moment(value: Any) -> sa.ColumnElement[str]:
    """A time in UTC, by ISO 8601."""
    return sa.func.to_char(sa.func.timezone("UTC", value), _ISO)


def compiled(session: Session, statement: sa.Select[Any]) -> str:
    """The statement as one text with its values in it, as the driver itself quotes them for this connection."""
    made: Any = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    processors = made._bind_processors  # noqa: SLF001 - SQLAlchemy has no public name for them
    values = made.construct_params()
    bound = {name: processors[name](value) if name in processors else value for name, value in values.items()}
    connection: Any = session.connection().connection.driver_connection
    return psycopg.ClientCursor(connection).mogrify(str(made), bound)
