"""The rows of a statement as a file: CSV, Excel or JSON in constant memory, or a PDF of not too many."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, Final

import psycopg
import sqlalchemy as sa
import xlsxwriter

from backoffice.errors import DomainError, TransientError
from backoffice.gateways.files import Draft
from backoffice.services.exports import pdf

#: Told how many rows are written, after each so many.
Progress = Callable[[int], None]
_STEP: Final = 1_000
#: Seconds that reading may take.
PATIENCE: Final = 100
#: Excel has no room for more characters in a cell, and no more digits in a number.
_LONGEST_CELL: Final = 32_767
_DIGITS: Final = 15
_NUMBERS: Final = frozenset({"money", "number", "rate"})
Heads = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is written: a compiled statement, the heads of its columns, and what a page says above its table."""

    title: str
    statement: str
    heads: Heads
    facts: Sequence[tuple[str, str]] = ()


def write(engine: sa.Engine, sheet: Sheet, kind: str, draft: Draft, progress: Progress) -> int:
    """Write all rows into the draft, as a file whose name ends with `kind`; how many they are.

    The statement is carried out as it was compiled, in a transaction that can change nothing. Raises `DomainError` when
    it takes too long or has too many rows for the kind, `TransientError` when the database is away. No error says
    anything of the statement's values.
    """
    with _reading(engine) as connection:
        if kind == "csv":
            return _csv(connection, sheet.statement, draft.file, progress)
        with connection.cursor(name="export") as cursor:
            cursor.itersize = _STEP
            cursor.execute(sheet.statement)
            if kind == "xlsx":
                return _xlsx(cursor, sheet.heads, draft, progress)
            if kind == "pdf":
                right = [head["kind"] in _NUMBERS for head in sheet.heads]
                heads = [head["label"] for head in sheet.heads]
                return pdf.write(pdf.Table(sheet.title, sheet.facts, heads, right), cursor, draft.file, progress)
            return _json(cursor, sheet.heads, draft.file, progress)


@contextmanager
def _reading(engine: sa.Engine) -> Iterator[Any]:
    """A connection in a read-only transaction that ends with it."""
    pooled = engine.raw_connection()
    try:
        connection: Any = pooled.driver_connection
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute(f"SET LOCAL statement_timeout = '{PATIENCE}s'")
        yield connection
    except psycopg.errors.QueryCanceled:
        raise DomainError("Reading the list took too long. Narrow the filter.", code="too_slow") from None
    except psycopg.OperationalError as error:
        raise TransientError(f"{type(error).__name__} {error.sqlstate}") from None
    except psycopg.Error as error:
        raise RuntimeError(f"{type(error).__name__} {error.sqlstate}") from None
    finally:
        # Rolls back, or throws a broken connection away.
        pooled.close()


def _csv(connection: Any, statement: str, file: BinaryIO, progress: Progress) -> int:
    """As PostgreSQL writes it: each message of the driver is the head or a row."""
    written = -1
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT WITH (FORMAT csv, HEADER)") as copy:
        for row in copy:
            file.write(row)
            written += 1
            if written and not written % _STEP:
                progress(written)
    return max(written, 0)


def _xlsx(cursor: Any, heads: Heads, draft: Draft, progress: Progress) -> int:
    """A sheet with a head that stays in view. Text is text, so no cell is ever a formula or a link."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(draft.folder),
    }
    written = 0
    with xlsxwriter.Workbook(draft.file, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        # The format of text, which stays with a cell that somebody edits.
        text = book.add_format({"num_format": "@"})
        shapes = _Shapes(book)
        for place, head in enumerate(heads):
            sheet.write_string(0, place, head["label"], bold)
        for row in cursor:
            written += 1
            for place, value in enumerate(row):
                number = _number(value) if heads[place]["kind"] in _NUMBERS else None
                if number is not None:
                    sheet.write_number(written, place, float(number), shapes.of(number))
                elif value is not None:
                    sheet.write_string(written, place, str(value)[:_LONGEST_CELL], text)
            if not written % _STEP:
                progress(written)
    return written


class _Shapes:
    """Formats of numbers by their decimals, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[int, Any] = {}

    def of(self, number: Decimal) -> Any:
        """The format that shows all decimals of the number."""
        decimals = max(0, -int(number.as_tuple().exponent))
        if decimals not in self._made:
            self._made[decimals] = self._book.add_format(
                {"num_format": "0" + ("." + "0" * decimals if decimals else "")}
            )
        return self._made[decimals]


def _number(value: Any) -> Decimal | None:
    """The value as Excel can keep it exactly; None when it cannot, and it is written as text."""
    if value is None:
        return None
    number = Decimal(value)
    return number if len(number.as_tuple().digits) <= _DIGITS else None


def _json(cursor: Any, heads: Heads, file: BinaryIO, progress: Progress) -> int:
    """An array with an object a line. Amounts and other decimals are texts, since JSON's numbers are not exact."""
    keys = [(head["label"], head["kind"]) for head in heads]
    written = 0
    file.write(b"[")
    for row in cursor:
        one = {label: _plain(kind, value) for (label, kind), value in zip(keys, row, strict=True)}
        file.write((b",\n" if written else b"\n") + json.dumps(one, ensure_ascii=False).encode())
        written += 1
        if not written % _STEP:
            progress(written)
    file.write(b"\n]\n")
    return written


def _plain(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "bool":
        return value == "yes"
    if kind in {"json", "pictures"}:
        return json.loads(value)
    return value if isinstance(value, int) else str(value)
