"""Imports: what is refused with a sentence, and that nobody sees those of others."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from models import AuditLog, Import, ImportRow
from models.imports import ImportStatus
from tests.factories import make_import, make_vendor
from tests.support.imports import (
    csv_of,
    id_of,
    judge,
    kept,
    start,
    undo,
    upload,
)
from tests.views.browser import Browser

STOCK = ["sku", "stock_quantity"]
NEW = ["sku", "name", "slug", "category_id", "price", "currency"]


class TestRefusals:
    """What is not accepted, with a sentence, and nothing lost."""

    @pytest.mark.parametrize(
        ("sent", "says"),
        [
            ({}, "No column is SKU"),
            ({"column_0": "sku"}, "Choose by what rows are found"),
            ({"column_0": "sku", "key": "sku"}, "Choose what a bad row means"),
            ({"column_0": "sku", "column_1": "sku", "key": "sku", "mode": "all"}, "Two columns are both SKU"),
            ({"column_0": "vendor_id", "key": "sku", "mode": "all"}, "Choose what “SKU” means"),
            ({"column_0": "sku", "key": "stock_quantity", "mode": "all"}, "Choose by what rows are found"),
        ],
    )
    def test_columns(self, own, sent, says):
        import_id = id_of(upload(own, "products", csv_of(["SKU", "Stock"], ["a", 1])))
        answer = own.post(f"products/import/columns/?id={import_id}", sent or {"key": "sku"})
        assert answer.status_code == 422
        assert says in answer.text

    def test_without_a_file(self, own):
        answer = own.post("products/import/")
        assert answer.status_code == 422
        assert "Choose a file." in answer.text

    def test_a_bad_file_keeps_the_page(self, own):
        answer = upload(own, "products", b"\x00\x01\x02")
        assert answer.status_code == 422
        assert "neither a CSV nor an Excel file" in answer.text

    def test_all_or_none_with_a_bad_row_is_not_started(self, own):
        data = csv_of(["SKU", "Stock"], [own.products[0].sku, 5], ["", 1])
        import_id = judge(own, "products", data, STOCK, "sku", mode="all")
        assert "Write 1 row" not in own.get(f"products/import/rows/?id={import_id}").text
        start(own, "products", import_id)
        assert kept(own, import_id).status is ImportStatus.DRAFT

    def test_nothing_to_write_is_not_started(self, own):
        one = own.products[0]
        import_id = judge(own, "products", csv_of(["SKU", "Stock"], [one.sku, one.stock_quantity]), STOCK, "sku")
        start(own, "products", import_id)
        assert kept(own, import_id).status is ImportStatus.DRAFT

    def test_another_preview_than_the_one_seen(self, own):
        import_id = judge(own, "products", csv_of(["SKU", "Stock"], [own.products[0].sku, 5]), STOCK, "sku")
        start(own, "products", import_id, judged=now().isoformat())
        assert kept(own, import_id).status is ImportStatus.DRAFT

    def test_two_clicks_are_one_import(self, own, committed):
        import_id = judge(own, "products", csv_of(["SKU", "Stock"], [own.products[0].sku, 5]), STOCK, "sku")
        for _ in range(2):
            assert start(own, "products", import_id).status_code == 302
        noted = sa.select(sa.func.count()).where(AuditLog.action == "imported")
        assert committed.scalar(noted.where(AuditLog.after["import"].astext == str(import_id))) == 1
        assert own.post(f"products/import/columns/?id={import_id}", {}).status_code == 302

    def test_too_late_to_undo(self, own, committed):
        done = make_import(committed, own.user, undo_until=now() - dt.timedelta(seconds=1))
        committed.commit()
        undo(own, "products", done.id)
        assert kept(own, done.id).status is ImportStatus.DONE

    def test_nobody_fills_the_queue(self, own, committed):
        for _ in range(3):
            make_import(committed, own.user, status=ImportStatus.RUNNING)
        committed.commit()
        import_id = judge(own, "products", csv_of(["SKU", "Stock"], [own.products[0].sku, 5]), STOCK, "sku")
        start(own, "products", import_id)
        assert kept(own, import_id).status is ImportStatus.DRAFT


class TestWhose:
    """ACC-1: one's own imports, in one's own panel, for one's own lists."""

    def test_another_persons_import_is_404(self, own, admin, app, engine, committed):
        vendor = make_vendor(committed)
        committed.commit()
        stranger = Browser(app, engine, vendor)
        import_id = judge(own, "products", csv_of(["SKU", "Stock"], [own.products[0].sku, 5]), STOCK, "sku")
        for browser in (stranger, admin):
            for page in ("columns", "rows", "progress"):
                assert browser.get(f"products/import/{page}/?id={import_id}").status_code == 404
            for page in ("columns", "start", "undo"):
                assert browser.post(f"products/import/{page}/?id={import_id}").status_code == 404
            assert str(import_id) not in browser.get("products/import/").text
        assert kept(own, import_id).status is ImportStatus.DRAFT

    def test_only_lists_that_may_be_written(self, browse):
        assert browse("vendor").get("categories/import/").status_code == 404
        assert browse("logistics").get("products/import/").status_code == 404
        assert browse("finance").get("subscription_plans/import/").status_code == 404
        assert "import/" not in browse("logistics").get("products/").text

    def test_a_new_file_takes_the_place_of_the_draft(self, own, committed):
        first = id_of(upload(own, "products", csv_of(["SKU"], ["a"])))
        second = id_of(upload(own, "products", csv_of(["SKU"], ["a"])))
        mine = committed.scalars(sa.select(Import.id).where(Import.user_id == own.user.id)).all()
        assert (first in mine, second in mine) == (False, True)
        assert committed.scalar(sa.select(sa.func.count()).where(ImportRow.import_id == first)) == 0
