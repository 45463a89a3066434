"""An import in a real browser: from the file to the way back, by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def test_a_list_is_imported_and_undone_by_keys(enter, office):
    page = enter("admin")
    sku, stock = office.row(
        "SELECT sku, stock_quantity FROM products WHERE deleted_at IS NULL AND status = 'draft' ORDER BY id LIMIT 1"
    )
    page.goto("/admin/products/")
    page.locator("a:text-is('Import')").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Import products")
    data = f"SKU;Stock quantity;Remark\n{sku};{stock + 5};counted\n{sku};1;twice\n".encode()
    page.set_input_files("#file", {"name": "stock.csv", "mimeType": "text/csv", "buffer": data})
    page.locator("button:text-is('Next')").press("Enter")
    expect(page.locator("h1")).to_contain_text("What the columns mean")
    expect(page.locator("#column_0")).to_have_value("sku")
    expect(page.locator("#column_1")).to_have_value("stock_quantity")
    expect(page.locator("#column_2")).to_have_value("")
    page.locator("input[name=mode][value=all]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=mode][value=good]")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("What each row will do")
    expect(page.locator("[data-line='2']")).to_contain_text(re.compile(rf"{stock}\s*→.*{stock + 5}"))
    expect(page.locator("[data-line='3']")).to_contain_text("Line 2 has the same.")
    page.click("[data-count=bad]")
    expect(page.locator("[data-line]")).to_have_count(1)
    page.locator("button:text-is('Write 1 row')").press("Enter")
    expect(page.locator("[data-status=done]")).to_be_visible(timeout=30_000)
    assert office.row("SELECT stock_quantity FROM products WHERE sku = %s", sku) == (stock + 5,)
    page.locator("button:text-is('Undo this import')").press("Enter")
    expect(page.locator("[data-status=undone]")).to_be_visible(timeout=30_000)
    assert office.row("SELECT stock_quantity FROM products WHERE sku = %s", sku) == (stock,)
