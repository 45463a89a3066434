"""The rows of the first sheet of an Excel file: read as a stream, without its formulas, and never unpacked blindly."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from backoffice.errors import InvalidInputError
from backoffice.services.imports import limits

#: By the kind of the cell.
_PROBLEMS: Final = {
    "f": "This cell holds a formula. Copy the column, and paste its values over it.",
    "e": "This cell holds an error of the spreadsheet.",
}
#: What openpyxl says of a file that is no workbook, or a broken one.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, ParseError,
    NotImplementedError, RuntimeError, OSError, InvalidFileException, DefusedXmlException,
)  # fmt: skip
_NO_WORKBOOK: Final = "This is neither a CSV nor an Excel file, or it is damaged or protected."


def rows(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Number and cells of each row of the first sheet. Raises `InvalidInputError`."""
    _check_size(data)
    try:
        with warnings.catch_warnings():
            # It warns of what it leaves out: styles, charts, checks of cells.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            sheet = book.worksheets[0]
            # What a sheet says of its own size may be wrong.
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(), 1):
                yield number, [_text(cell) for cell in cells]
            book.close()
    except InvalidInputError:
        raise
    except _BROKEN:
        raise limits.refused(_NO_WORKBOOK) from None


def _check_size(data: bytes) -> None:
    """Refuse what unpacks to much more than it is, by what its table of contents says; reading stops there too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            found = parts.infolist()
    except _BROKEN:
        raise limits.refused(_NO_WORKBOOK) from None
    if len(found) > limits.PARTS or sum(part.file_size for part in found) > limits.UNPACKED:
        raise limits.refused("This workbook is too large. Save the sheet as a file of its own, or as CSV.")


def _text(cell: Any) -> Any:
    """The cell as a person would type it; a formula and an error are problems of their own."""
    value = cell.value
    if cell.data_type in _PROBLEMS:
        return {"problem": _PROBLEMS[cell.data_type]}
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return None if value is None else str(value)
