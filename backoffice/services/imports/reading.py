"""A file as headings and rows of texts, whatever kind it is. Everything that is wrong with it is a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from backoffice.services.imports import delimited, limits, workbook

#: A text, None for an empty cell, or `{"problem": sentence}`.
Cell: TypeAlias = str | dict[str, str] | None

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row; `number` is its line in the file, as a spreadsheet counts."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a file holds; every line has as many cells as there are headings."""

    headings: list[str]
    lines: list[Line]


def read(data: bytes) -> Sheet:
    """The sheet. What it is decides its content, not its name. Raises `InvalidInputError` for the field `file`."""
    if not data.strip():
        raise limits.refused("The file is empty.")
    if len(data) > limits.BYTES:
        raise limits.refused(f"The file is too large: at most {limits.BYTES / 1_000_000:g} MB.")
    if data.startswith(_OLD_EXCEL):
        raise limits.refused("This is an old or a protected Excel file. Save it as .xlsx without a password or as CSV.")
    return _sheet(workbook.rows(data) if data.startswith(_ZIP) else delimited.rows(data))


def _sheet(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Sheet:
    headings: list[str] | None = None
    lines: list[Line] = []
    for number, found in rows:
        if number > limits.LINES:
            raise limits.refused(f"The file has too many lines: at most {limits.ROWS:,} rows.")
        cells = _without_empty_end(found)
        if not cells:
            continue
        if len(cells) > limits.COLUMNS:
            raise limits.refused(f"Line {number} has too many columns: at most {limits.COLUMNS}.")
        if headings is None:
            headings = _headings(cells)
            continue
        if len(cells) > len(headings):
            raise limits.refused(f"Line {number} has more cells than there are headings.")
        if len(lines) == limits.ROWS:
            raise limits.refused(f"The file has too many rows: at most {limits.ROWS:,}. Cut it into several.")
        lines.append(Line(number=number, cells=[*cells, *[None] * (len(headings) - len(cells))]))
    if headings is None:
        raise limits.refused("The file is empty.")
    if not lines:
        raise limits.refused("The file has headings and no rows.")
    return Sheet(headings=headings, lines=lines)


def _without_empty_end(cells: Sequence[Cell]) -> list[Cell]:
    plain = [_plain(cell) for cell in cells]
    while plain and plain[-1] is None:
        plain.pop()
    return plain


def _plain(cell: Cell) -> Cell:
    """A cell without the spaces around it; None when nothing is left."""
    if not isinstance(cell, str):
        return cell
    if len(cell) > limits.CELL or "\x00" in cell:
        return {"problem": "This text cannot be stored."}
    return cell.strip() or None


def _headings(cells: Sequence[Cell]) -> list[str]:
    found: list[str] = []
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, str):
            raise limits.refused(f"The first line must name the columns, and column {number} has no name there.")
        if _is_number(cell):
            raise limits.refused(f"The first line must name the columns; it has the number {cell[:40]}.")
        if len(cell) > limits.HEADING:
            raise limits.refused(f"The name of column {number} is too long: at most {limits.HEADING} characters.")
        if cell.casefold() in {one.casefold() for one in found}:
            raise limits.refused(f"Two columns are called “{cell}”. Give each a name of its own.")
        found.append(cell)
    return found


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True
