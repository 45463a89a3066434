"""What a file may be, and how it is refused; read by the code that reads files and by the page that asks for one."""

from __future__ import annotations

from typing import Final

from backoffice.errors import InvalidInputError

#: Bytes of the file; a request may be a little more (`MAX_CONTENT_LENGTH`).
BYTES: Final = 1_500_000
#: Bytes that a workbook may unpack to, and files that it may be made of.
UNPACKED: Final = 30_000_000
PARTS: Final = 500
#: Rows below the headings; the database knows the same number.
ROWS: Final = 2_000
#: Lines that are looked at: a sheet may say that its last row is far below the others.
LINES: Final = 20_000
COLUMNS: Final = 60
HEADING: Final = 120
CELL: Final = 50_000


def refused(sentence: str) -> InvalidInputError:
    """Why the file cannot be used, told at the field `file`."""
    return InvalidInputError(sentence, field="file", code="file")
