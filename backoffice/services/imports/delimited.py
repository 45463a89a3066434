"""The rows of a text whose cells are separated by commas, semicolons or tabs."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Final

from backoffice.services.imports import limits

csv.field_size_limit(limits.BYTES)
_SEPARATORS: Final = ",;\t"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Of the C0 controls, those that stand in texts.
_CONTROLS: Final = frozenset(map(chr, range(32))) - set("\t\r\n\x0b\x0c\x1f")


def rows(data: bytes) -> Iterator[tuple[int, list[str | None]]]:
    """Line and cells of each row. Raises `InvalidInputError`."""
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 1
    try:
        for cells in reader:
            # A cell may go over several lines: the row is where it begins.
            yield number, list[str | None](cells)
            number = reader.line_num + 1
    except csv.Error:
        raise limits.refused(f"Line {number} cannot be read: look at its quotation marks.") from None


def _decoded(data: bytes) -> str:
    mark = next((name for start, name in _MARKS if data.startswith(start)), None)
    try:
        text = data.decode(mark or "utf-8")
    except UnicodeDecodeError:
        if mark is not None:
            raise limits.refused("The file is damaged: its text cannot be read.") from None
        try:
            # What Excel writes on Windows in western Europe and America.
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise limits.refused("This is neither a CSV nor an Excel file.") from None
    if not _CONTROLS.isdisjoint(text):
        raise limits.refused("This is neither a CSV nor an Excel file.")
    return text


def _separator(text: str) -> str:
    """The separator that the line of headings has most of, outside quotation marks; a comma when it has none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=unquoted.count)
