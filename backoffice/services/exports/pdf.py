"""Pages with a table, for people and their books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from backoffice.errors import DomainError

if TYPE_CHECKING:
    from fpdf import FPDF

#: Rows of a table at most: pages are made in memory, and nobody reads more of them.
MAX_ROWS: Final = 2_000
_STEP: Final = 100
#: A wide cell would push the others off the page.
_WIDEST, _NARROWEST = 40, 8


@dataclass(frozen=True, slots=True)
class Table:
    """What stands above the rows. `right` says which columns have numbers."""

    title: str
    facts: Sequence[tuple[str, str]]
    heads: Sequence[str]
    right: Sequence[bool]


def pages(title: str, heading: str, facts: Sequence[tuple[str, str]], foot: str) -> FPDF:
    """A document of A4 across with heading and facts written, each page of which is numbered.

    The built-in font has the letters of western Europe; any other is a question mark here and itself in the CSV.
    """
    from fpdf import FPDF  # noqa: PLC0415 - large, and needed by nothing else

    class Pages(FPDF):
        """Numbers its pages."""

        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("Helvetica", size=8)
            self.cell(0, 5, western(foot), align="L")
            self.cell(0, 5, f"Page {self.page_no()} of {{nb}}", align="R")

    made = Pages(orientation="landscape", format="A4")
    made.set_title(western(title))
    made.set_auto_page_break(auto=True, margin=16)
    made.add_page()
    made.set_font("Helvetica", style="B", size=16)
    made.cell(0, 10, western(heading), new_x="LMARGIN", new_y="NEXT")
    made.set_font("Helvetica", size=9)
    for name, value in facts:
        made.cell(38, 5, name)
        made.cell(0, 5, western(value), new_x="LMARGIN", new_y="NEXT")
    made.ln(4)
    made.set_font("Helvetica", size=8)
    return made


def western(text: Any) -> str:
    """The text in the letters that the built-in font has."""
    return str(text).encode("latin-1", "replace").decode("latin-1")


def write(table: Table, rows: Iterable[Sequence[Any]], file: BinaryIO, progress: Callable[[int], None]) -> int:
    """Write the rows under their heads; how many they are. Raises `DomainError` when they are too many."""
    cells: list[list[str]] = []
    for row in rows:
        cells.append(["" if value is None else western(value) for value in row])
        if len(cells) > MAX_ROWS:
            raise DomainError(
                f"A PDF takes {MAX_ROWS:,} rows at most. Choose CSV or Excel, or a shorter period.", code="too_many"
            )
    made = pages(table.title, table.title, table.facts, table.title)
    heads = [western(head) for head in table.heads]
    widths = [_width([head, *(row[place] for row in cells)]) for place, head in enumerate(heads)]
    align = tuple("RIGHT" if right else "LEFT" for right in table.right)
    with made.table(col_widths=widths, text_align=align, borders_layout="HORIZONTAL_LINES", line_height=5) as grid:
        grid.row(heads)
        for number, row in enumerate(cells, start=1):
            grid.row(row)
            if not number % _STEP:
                progress(number)
    file.write(bytes(made.output()))
    return len(cells)


def _width(texts: Sequence[str]) -> int:
    """A share of the page by the longest text of a column."""
    return min(max(map(len, texts), default=0), _WIDEST) + _NARROWEST
