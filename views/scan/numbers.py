"""Tracking numbers from what was scanned, pasted or dropped."""

from __future__ import annotations

import re
from typing import Final

from backoffice.errors import InvalidInputError
from backoffice.services.imports import reading

#: As many as may be ticked in a list; a scanner does about one a second.
MOST: Final = 500
_BETWEEN: Final = re.compile(r"[\s,;|]+")
#: The headings of a column of tracking numbers; without one it is the first column.
_HEADINGS: Final = ("tracking_number", "tracking number", "tracking no", "tracking", "number")


def read(text: str, file: bytes) -> list[str]:
    """Every number in the order of its first appearance, as often as it is there.

    Raises `InvalidInputError` when there is none, when there are too many, and for a file that cannot be read.
    """
    found = [one for one in _BETWEEN.split(text.replace("\x00", "")) if one]
    if file:
        found += _of_file(file)
    if not found:
        raise InvalidInputError("Scan or paste at least one tracking number.", field="numbers")
    if len(found) > MOST:
        raise InvalidInputError(f"These are {len(found):,} numbers; at most {MOST} go in at once.", field="numbers")
    return found


def _of_file(file: bytes) -> list[str]:
    """One column of a CSV or Excel file; what looks like a heading is one only when it is known as such."""
    sheet = reading.read(file)
    known = [heading.strip().lower() for heading in sheet.headings]
    column = next((known.index(heading) for heading in _HEADINGS if heading in known), 0)
    cells = [line.cells[column] for line in sheet.lines]
    if known[column] not in _HEADINGS:
        raise InvalidInputError("The file needs a column with the heading tracking_number.", field="file")
    return [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
