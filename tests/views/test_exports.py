"""Exports: three formats of what the list shows, for one person, while they may have it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services.exports.request import MOST_AT_ONCE
from models import AuditLog, Export, Notification
from models.export import ExportStatus
from tests.factories import make_export, make_product, make_user, make_vendor
from tests.support.exports import ask, carry_out, download, fetch, make_due
from tests.views.browser import Browser

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULA = '=HYPERLINK("x")'


@pytest.fixture(autouse=True)
def _no_exports(committed):
    """Each test begins without any."""
    committed.execute(sa.delete(Export))
    committed.commit()


@pytest.fixture
def product(committed):
    """One whose name a spreadsheet would run, from a vendor of its own."""
    made = make_product(committed, vendor=make_vendor(committed), name=FORMULA, price=Decimal("9.50"))
    committed.commit()
    return made


@pytest.fixture
def admin(browse):
    return browse("admin")


def _cells(content: bytes) -> list[dict[str, tuple[str | None, str]]]:
    """Rows of the sheet: column letter -> type and text of the cell."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - made by us
    assert not list(sheet.iter(f"{_SHEET}f")), "a formula"
    return [
        {
            cell.attrib["r"].rstrip("0123456789"): (cell.get("t"), "".join(cell.itertext()))
            for cell in row.iter(f"{_SHEET}c")
        }
        for row in sheet.iter(f"{_SHEET}row")
    ]


class TestContent:
    """What is in the file."""

    def test_csv(self, admin, product):
        (row,) = csv.DictReader(io.StringIO(fetch(admin, "products", f"q={product.id}").decode()))
        assert row["Name"] == f"'{FORMULA}"
        assert (row["Price"], row["Price currency"]) == ("9.50", "USD")
        assert row["Created at"] == product.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def test_json(self, admin, product):
        """Amounts are exact, times are UTC, text is itself: JSON has no formulas."""
        (row,) = json.loads(fetch(admin, "products", f"q={product.id}", kind="json"))
        assert row["Name"] == FORMULA
        assert (row["Price"], row["Price currency"]) == ("9.50", "USD")
        assert row["Created at"] == product.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def test_xlsx(self, admin, product):
        """Numbers are numbers, and what looks like a formula is text."""
        keys = ["name", "price", "created_at"]
        head, row = _cells(fetch(admin, "products", f"q={product.id}", kind="xlsx", columns=keys))
        assert [text for _, text in head.values()] == ["Name", "Price", "Price currency", "Created at"]
        assert row["A"] == ("inlineStr", FORMULA)
        assert row["B"] == (None, "9.5")
        assert row["C"] == ("inlineStr", "USD")
        assert row["D"][1].endswith("Z")

    @pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
    def test_a_list_without_rows_is_a_file_too(self, admin, kind):
        content = fetch(admin, "products", "q=00000000-0000-0000-0000-000000000000", kind=kind)
        if kind == "json":
            assert json.loads(content) == []
        elif kind == "csv":
            assert len(content.splitlines()) == 1
        else:
            assert len(_cells(content)) == 1

    def test_booleans_and_json_are_themselves_in_json(self, admin):
        keys = ["features", "is_active", "commission_rate"]
        rows = json.loads(fetch(admin, "subscription_plans", kind="json", columns=keys))
        assert rows
        for row in rows:
            assert all(not isinstance(value, str) for key, value in row.items() if key == "Is active")

    def test_the_chosen_columns_in_their_order(self, admin, product):
        content = fetch(admin, "products", f"q={product.id}", columns=["price", "name", "nonsense"])
        assert content.decode().splitlines()[0] == "Price,Price currency,Name"

    def test_without_any_they_are_those_that_the_person_sees(self, admin, browse, product):
        """Who has chosen columns for the list gets them in the file; everybody else what is declared."""
        declared = fetch(browse("admin"), "products", f"q={product.id}").decode().splitlines()[0]
        try:
            admin.post(
                "products/settings/",
                [("columns", "sku"), ("columns", "price"), ("place_price", "1"), ("place_sku", "2")],
            )
            menu = admin.get("products/").text.split('id="question"', 1)[1].split("</form>", 1)[0]
            assert re.findall(r'name="columns" value="(\w+)"', menu) == ["price", "sku"]
            content = fetch(admin, "products", f"q={product.id}")
            assert content.decode().splitlines()[0] == "Price,Price currency,SKU"
            posted = fetch(admin, "products", f"q={product.id}", columns=["name"])
            assert posted.decode().splitlines()[0] == "Name"
        finally:
            admin.post("products/settings/", {"usual": "1"})
        assert fetch(admin, "products", f"q={product.id}").decode().splitlines()[0] == declared

    def test_filter_and_order_are_those_of_the_list(self, admin, committed):
        vendor = make_vendor(committed)
        for price in (3, 1, 2):
            make_product(committed, vendor=vendor, price=Decimal(price))
        committed.commit()
        query = f"f_vendor_id={vendor.id}&sort=created_at"
        rows = csv.DictReader(io.StringIO(fetch(admin, "products", query).decode()))
        assert [row["Price"] for row in rows] == ["3.00", "1.00", "2.00"]

    def test_values_with_signs_of_sql_are_values(self, admin, committed):
        """What was searched for is quoted by the driver: percent signs and quotes are themselves."""
        product = make_product(committed, name="100% \\ it's %s %(a)s")
        committed.commit()
        signs = "%27%25+%5C+%25s+%25%28a%29s+%27%29%3B--"
        assert json.loads(fetch(admin, "products", f"q=absent+{signs}", kind="json")) == []
        (row,) = json.loads(fetch(admin, "products", f"q={signs}&f_vendor_id={product.vendor_id}", kind="json"))
        assert row["Name"] == "100% \\ it's %s %(a)s"

    @pytest.mark.parametrize("kind", ["csv", "json"])
    def test_vendors_have_their_own_rows_only(self, browse, world, kind):
        """ACC-1: whatever the filter says."""
        text = fetch(browse("vendor"), "orders", kind=kind).decode()
        assert world.rows["orders"].order_number in text
        assert world.rows2["orders"].order_number not in text
        foreign = fetch(browse("vendor"), "orders", f"q={world.rows2['orders'].order_number}", kind=kind).decode()
        assert world.rows2["orders"].order_number not in foreign


class TestPage:
    """Submitting, watching, fetching."""

    def test_the_list_offers_the_formats_with_its_filter_and_columns(self, admin):
        text = admin.get("products/?f_status=pending").text
        menu = text.split('id="question"', 1)[1].split("</form>", 1)[0]
        assert 'value="f_status=pending&amp;sort=-created_at"' in menu
        assert [
            f'form="question" formmethod="post" formaction="/admin/products/export/" name="format" value="{kind}"'
            in text
            for kind in ("csv", "xlsx", "json")
        ] == [True] * 3

    def test_progress_asks_until_it_is_there(self, admin):
        export_id = ask(admin, "products")
        waiting = admin.get("exports/").text
        assert 'data-status="pending"' in waiting
        assert "every 1s" in waiting
        assert download(admin, export_id).status_code == 409
        carry_out(admin, export_id)
        table = admin.get("exports/table/").text
        assert 'data-status="done"' in table
        assert "every 1s" not in table
        assert f"/admin/exports/download/?id={export_id}" in table

    def test_the_page_takes_few_statements(self, admin, committed, world):
        for _ in range(20):
            make_export(committed, world.admin)
        committed.commit()
        answer, statements = admin.count("exports/")
        assert answer.status_code == 200
        assert len(statements) <= 2

    def test_the_file_comes_under_a_name_and_is_noted(self, admin, committed):
        """AUD-1: asked for, and fetched."""
        export_id = ask(admin, "users", "f_role=vendor&q=nobody%40example.com")
        carry_out(admin, export_id)
        answer = download(admin, export_id)
        assert answer.mimetype == "text/csv"
        name = answer.headers["Content-Disposition"]
        assert name.startswith("attachment; filename=users-")
        assert name.endswith(".csv")
        answer.close()
        noted = committed.scalars(
            sa.select(AuditLog).where(AuditLog.after["export"].astext == str(export_id)).order_by(AuditLog.created_at)
        ).all()
        assert [row.action for row in noted] == ["exported", "downloaded"]
        assert "nobody" not in str([row.after for row in noted])

    def test_the_person_is_told(self, admin, committed):
        export_id = ask(admin, "products")
        carry_out(admin, export_id)
        told = committed.scalars(sa.select(Notification).where(Notification.subject_id == export_id)).one()
        assert (told.event_key, told.title) == ("export.finished", "Products as CSV is ready")
        assert told.user_id == admin.user.id

    def test_two_clicks_are_one_export(self, admin):
        first = ask(admin, "products", "f_status=pending")
        assert ask(admin, "products", "f_status=pending") == first
        assert ask(admin, "products", "f_status=pending", kind="json") != first

    def test_nobody_fills_the_queue(self, admin, committed):
        for number in range(MOST_AT_ONCE):
            ask(admin, "products", f"q={number}")
        answer = admin.post("products/export/", {"format": "csv"}, follow_redirects=True)
        assert "of your exports are still being made" in answer.text
        assert committed.scalar(sa.select(sa.func.count()).select_from(Export)) == MOST_AT_ONCE

    @pytest.mark.parametrize("sent", [{}, {"format": "pdf"}, {"format": "csv", "query": "x" * 9_000}])
    def test_bad_input_is_refused(self, admin, committed, sent):
        assert admin.post("products/export/", sent).status_code == 422
        assert committed.scalar(sa.select(sa.func.count()).select_from(Export)) == 0

    def test_again_asks_for_the_same(self, admin, committed):
        export_id = ask(admin, "products", "f_status=pending&sort=-created_at", columns=["name"])
        assert carry_out(admin, export_id).status is ExportStatus.DONE
        assert admin.post("exports/again/", {"id": str(export_id)}).status_code == 302
        one, other = committed.scalars(sa.select(Export).order_by(Export.id)).all()
        assert (one.statement, one.query, one.columns) == (other.statement, other.query, other.columns)

    def test_another_persons_export_is_404(self, browse, admin, committed, engine):
        """ACC-1: for a colleague of the same role as for anybody."""
        export_id = ask(admin, "products")
        carry_out(admin, export_id)
        colleague = make_user(committed, Role.ADMIN)
        committed.commit()
        for browser in (Browser(admin.app, engine, colleague), browse("finance"), browse("vendor")):
            assert download(browser, export_id).status_code == 404
            assert browser.post("exports/again/", {"id": str(export_id)}).status_code == 404
            assert str(export_id) not in browser.get("exports/").text

    def test_bogus_ids_are_404(self, admin):
        for path in ("exports/download/", "exports/download/?id=x", f"exports/download/?id={'0' * 36}"):
            assert admin.get(path).status_code == 404
        assert admin.post("exports/again/", {"id": "x"}).status_code == 404

    def test_a_list_that_is_not_exported_any_more(self, admin, committed, world):
        """The access of now decides: the file of a list that the panel has no export of stays where it is."""
        made = make_export(committed, world.admin, noun="operations")
        committed.commit()
        assert download(admin, made.id).status_code == 404
        assert admin.post("exports/again/", {"id": str(made.id)}).status_code == 404
        assert str(made.id) not in admin.get("exports/").text

    def test_an_expired_file_is_refused_before_it_is_deleted(self, admin, committed, world):
        made = make_export(committed, world.admin, expires_at=now() - dt.timedelta(seconds=1))
        committed.commit()
        assert download(admin, made.id).status_code == 409
        assert "Download" not in admin.get("exports/").text.split('id="exports"')[1]

    def test_a_file_that_is_lost_says_so(self, admin, committed, world):
        made = make_export(committed, world.admin)
        committed.commit()
        answer = download(admin, made.id)
        assert answer.status_code == 404
        assert "Ask for it again" in answer.text

    def test_the_statement_is_nowhere(self, admin, committed):
        export_id = ask(admin, "products", "q=secretword")
        statement = committed.get_one(Export, export_id).statement
        assert "secretword" in statement
        for path in ("exports/", "exports/table/", "audit_log/"):
            assert "websearch_to_tsquery" not in admin.get(path).text

    def test_expires(self, admin):
        """After its time the file goes, and the row says so."""
        export_id = ask(admin, "products")
        made = carry_out(admin, export_id)
        files = admin.app.extensions["files"]
        assert (files.folder / made.file_name).exists()
        assert carry_out(admin, export_id).status is ExportStatus.DONE
        make_due(admin, export_id)
        assert carry_out(admin, export_id).status is ExportStatus.EXPIRED
        assert not (files.folder / made.file_name).exists()
        assert 'data-status="expired"' in admin.get("exports/").text
