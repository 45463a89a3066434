"""Packing lists and labels as PDF.

The font comes with the library that draws barcodes: DejaVu has the letters of Europe and more, which the fonts built
into PDF have not, and a parcel must find its way to Łódź.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from views.shipping_papers import Paper

_FONT: Final = "DejaVu"
#: Millimetres.
_A4, _A6 = (210, 297), (105, 148)
_MARGIN: Final = 8
#: How wide a bar is at most, and how high; the quiet zone is ten bars on either side.
_BAR, _HEIGHT, _QUIET = 0.5, 24, 10
_HEADERS: Final = ("SKU", "What", "Units")


def packing_lists(papers: Sequence[Paper]) -> bytes:
    """A page of A4 or more for each parcel: what is to be put into it, with room to tick it off."""
    pdf = _pages(_A4, "Packing list", breaks=True)
    for paper in papers:
        pdf.add_page()
        _write(pdf, 16, [f"Packing list {paper.order}"])
        _write(pdf, 10, [f"Parcel {paper.number or paper.id}", paper.carrier, ""])
        _write(pdf, 8, ["To"])
        _write(pdf, 10, [*paper.recipient, ""])
        pdf.set_font_size(9)
        with pdf.table(col_widths=(28, 60, 12), text_align=("LEFT", "LEFT", "RIGHT"), line_height=7) as table:
            for row in (_HEADERS, *((sku, name, str(units)) for sku, name, units in paper.lines)):
                table.row(row)
        _write(pdf, 10, ["", f"Units in this parcel: {sum(units for *_, units in paper.lines)}"])
    return bytes(pdf.output())


def labels(papers: Sequence[Paper]) -> bytes:
    """A page of A6 for each parcel: sender, recipient, and the tracking number as Code 128 and in letters (SHP-5)."""
    # A label is one page, however long the address.
    pdf = _pages(_A6, "Labels", breaks=False)
    for paper in papers:
        pdf.add_page()
        _write(pdf, 7, ["From: " + ", ".join(paper.sender)])
        pdf.ln(3)
        pdf.line(_MARGIN, pdf.get_y(), pdf.w - _MARGIN, pdf.get_y())
        pdf.ln(3)
        _write(pdf, 8, ["To"])
        _write(pdf, 11, paper.recipient)
        pdf.set_y(-50)
        _write(pdf, 8, [f"{paper.carrier}, order {paper.order}"])
        if paper.number is None:
            _write(pdf, 10, ["No tracking number yet"])
            continue
        _draw(pdf, modules(paper.number), pdf.get_y() + 1)
        pdf.set_y(pdf.get_y() + _HEIGHT + 2)
        _write(pdf, 10, [paper.number], align="C")
    return bytes(pdf.output())


#: How the papers can be had: the name of the file and what draws it.
KINDS: Final[Mapping[str, tuple[str, Callable[[Sequence[Paper]], bytes]]]] = {
    "packing": ("packing-list", packing_lists),
    "label": ("label", labels),
}


def modules(number: str) -> str:
    """The number as Code 128, a 1 for black and a 0 for white; empty for letters that the code does not have."""
    from barcode.codex import Code128  # noqa: PLC0415 - needed by nothing else
    from barcode.errors import BarcodeError  # noqa: PLC0415

    try:
        return str(Code128(number).build()[0])
    except BarcodeError:
        return ""


def _pages(size: tuple[int, int], title: str, *, breaks: bool) -> Any:
    import barcode  # noqa: PLC0415 - both are large, and needed by nothing else
    from fpdf import FPDF  # noqa: PLC0415

    pdf = FPDF(format=size)
    # Headings of tables ask for a bold face, which is not there: they are as the rest.
    for style in ("", "B"):
        pdf.add_font(_FONT, style, Path(barcode.__file__).parent / "fonts" / "DejaVuSansMono.ttf")
    pdf.set_font(_FONT, size=10)
    pdf.set_title(title)
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(auto=breaks, margin=_MARGIN)
    return pdf


def _write(pdf: Any, size: int, lines: Sequence[str], align: str = "L") -> None:
    pdf.set_font(_FONT, size=size)
    for line in lines:
        pdf.multi_cell(0, size * 0.45, line or " ", align=align, new_x="LMARGIN", new_y="NEXT")


def _draw(pdf: Any, bars: str, top: float) -> None:
    """Bars as wide as fit, in the middle of the page."""
    if not bars:
        return
    width = min(_BAR, (pdf.w - 2 * _MARGIN) / (len(bars) + 2 * _QUIET))
    left = (pdf.w - width * len(bars)) / 2
    pdf.set_fill_color(0)
    start = 0
    for place, bar in enumerate(bars + "0"):
        if bar == "1":
            continue
        if place > start:
            pdf.rect(left + start * width, top, (place - start) * width, _HEIGHT, style="F")
        start = place + 1
