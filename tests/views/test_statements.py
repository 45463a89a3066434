"""Statements of payouts as files: who gets whose, and what is in them (PAY-8, ACC-1)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from backoffice.services.payouts.statement import Entry, Statement
from models import AuditLog
from views.statements import as_csv, as_pdf

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ENTRY = Entry(
    date=NOON, order_number="ORD-1", what="2 x Lamp", gross=Decimal(100), commission=Decimal(-10), refund=Decimal(-45)
)
STATEMENT = Statement(
    payout_id=uuid.UUID(int=7),
    vendor="=Ada Łucka",
    status="Completed",
    method="Bank account",
    reference="tr_1",
    currency="USD",
    amount=Decimal("45.0000"),
    opening=Decimal("-0.0000"),
    entries=[ENTRY, replace(ENTRY, what="@SUM(1)", order_number=None, gross=Decimal(10), refund=Decimal(0))],
)


def address(world, kind="csv", rows=None):
    return f"payouts/statement/{kind}/?id={(rows or world.rows)['payouts'].id}"


@pytest.mark.parametrize("person", ["finance", "admin", "vendor"])
def test_files_and_buttons(browse, world, committed, person):
    """PAY-8: on the record page, for finance, admins and the vendor; noted as an export (AUD-1)."""
    browser = browse(person)
    payout = world.rows["payouts"]
    page = browser.get(f"payouts/details/?id={payout.id}").text
    for kind, start in (("csv", b"\xef\xbb\xbfPayout,"), ("pdf", b"%PDF-")):
        assert f"Statement ({kind.upper()})" in page
        answer = browser.get(address(world, kind))
        assert (answer.status_code, answer.data.startswith(start)) == (200, True)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="payout-{payout.id}.{kind}"'
    noted = sa.select(AuditLog.after).where(AuditLog.entity_id == str(payout.id), AuditLog.actor_id == browser.user.id)
    kinds = [after["statement"] for after in committed.scalars(noted) if after and "statement" in after]
    assert sorted(kinds) == ["csv", "pdf"]


def test_not_of_others(browse, world):
    """ACC-1: another vendor's, no such one, no such format: 404; for those without payouts there is no page."""
    vendor = browse("vendor")
    for kind in ("csv", "pdf"):
        assert vendor.get(address(world, kind, world.rows2)).status_code == 404
    assert vendor.get(address(world, "xlsx")).status_code == 404
    assert vendor.get("payouts/statement/csv/?id=nonsense").status_code == 404
    assert browse("logistics").get(address(world)).status_code == 404


def test_the_csv():
    """PAY-8: facts, entries, sum; no cell is a formula."""
    rows = list(csv.reader(io.StringIO(as_csv(STATEMENT).decode("utf-8-sig"))))
    assert dict(rows[:9]) == {
        "Payout": str(STATEMENT.payout_id),
        "Vendor": "'=Ada Łucka",
        "Status": "Completed",
        "Period (UTC)": "2026-11-20 to 2026-11-20",
        "Method": "Bank account",
        "Reference": "tr_1",
        "Currency": "USD",
        "Opening balance": "0.00",
        "Paid out": "45.00",
    }
    assert rows[10:] == [
        ["Date", "Order", "What", "Gross", "Commission", "Tax", "Refund", "Fees, other", "Net"],
        ["2026-11-20", "ORD-1", "2 x Lamp", "100.00", "-10.00", "0.00", "-45.00", "0.00", "45.00"],
        ["2026-11-20", "", "'@SUM(1)", "10.00", "-10.00", "0.00", "0.00", "0.00", "0.00"],
        ["Total", "", "", "110.00", "-20.00", "0.00", "-45.00", "0.00", "45.00"],
    ]


def test_the_pdf():
    """PAY-8: the same; pages are numbered, and repeat the heads of the columns."""
    reader = PdfReader(io.BytesIO(as_pdf(replace(STATEMENT, reference=None, entries=[ENTRY] * 90))))
    texts = [page.extract_text() for page in reader.pages]
    assert len(texts) > 2
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
        assert "Commission" in text
    first, last = texts[0], texts[-1]
    for wanted in ("Statement of payout", str(STATEMENT.payout_id), "=Ada ?ucka", "not sent yet", "2 x Lamp", "-45.00"):
        assert wanted in first
    assert "Total" in last
    assert "9000.00" in last
