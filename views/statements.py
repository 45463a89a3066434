"""The statement of a payout as a file: CSV for spreadsheets, PDF for people and their books (PAY-8)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping
from decimal import Decimal

from backoffice import money
from backoffice.services.exports import pdf
from backoffice.services.exports.texts import safe_cell
from backoffice.services.payouts.statement import PARTS, Statement

_HEADERS = ("Date", "Order", "What", "Gross", "Commission", "Tax", "Refund", "Fees, other", "Net")
_WIDTHS = (22, 32, 66, 25, 25, 25, 25, 25, 25)
#: One place for text at the left, amounts at the right.
_ALIGN = ("LEFT",) * 3 + ("RIGHT",) * len(PARTS)


def as_csv(statement: Statement) -> bytes:
    """Facts first, then the entries and their sum; no cell is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in [*_facts(statement), [], _HEADERS, *_rows(statement), _total(statement)]:
        writer.writerow([safe_cell(cell) for cell in row[:3]] + list(row[3:]))
    return text.getvalue().encode("utf-8-sig")


def as_pdf(statement: Statement) -> bytes:
    """A4 across, as many pages as it takes, each numbered and with the heads of the columns."""
    name = f"payout {statement.payout_id}"
    made = pdf.pages(f"Statement of {name}", "Statement of payout", _facts(statement), name.capitalize())
    with made.table(col_widths=_WIDTHS, text_align=_ALIGN, borders_layout="HORIZONTAL_LINES", line_height=5) as table:
        for row in (_HEADERS, *_rows(statement)):
            table.row([pdf.western(cell) for cell in row])
        made.set_font(style="B")
        table.row(_total(statement))
    return bytes(made.output())


#: How a statement can be had: its media type and what writes it.
FORMATS: Mapping[str, tuple[str, Callable[[Statement], bytes]]] = {
    "csv": ("text/csv", as_csv),
    "pdf": ("application/pdf", as_pdf),
}


def _facts(statement: Statement) -> list[tuple[str, str]]:
    start, end = statement.period
    return [
        ("Payout", str(statement.payout_id)),
        ("Vendor", statement.vendor),
        ("Status", statement.status),
        ("Period (UTC)", f"{_day(start)} to {_day(end)}"),
        ("Method", statement.method),
        ("Reference", statement.reference or "not sent yet"),
        ("Currency", statement.currency),
        ("Opening balance", _amount(statement.opening, statement)),
        ("Paid out", _amount(statement.amount, statement)),
    ]


def _rows(statement: Statement) -> list[list[str]]:
    return [
        [_day(entry.date), entry.order_number or "", entry.what]
        + [_amount(getattr(entry, part), statement) for part in PARTS]
        for entry in statement.entries
    ]


def _total(statement: Statement) -> list[str]:
    return ["Total", "", "", *(_amount(statement.total(part), statement) for part in PARTS)]


def _amount(amount: Decimal, statement: Statement) -> str:
    # Adding zero turns a negative zero into zero.
    return str(money.round_amount(amount, statement.currency) + 0)


def _day(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d}"
