"""Lists in a real browser: filters, selection, keys, the quick look, and changing a cell."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def test_filters_are_built_and_taken_out_again(enter):
    page = enter("admin")
    page.goto("/admin/products/")
    page.click("a:text-is('Filters')")
    page.select_option("#c0_column", "created_at")
    expect(page.locator("#c0_op option[value=older]")).to_have_count(1)
    page.select_option("#c0_op", "older")
    expect(page.locator("#c0_unit")).to_be_visible()
    page.fill("#c0_value", "1")
    page.select_option("#c0_unit", "h")
    page.click("button:text-is('Add a condition')")
    page.select_option("#c1_column", "price")
    expect(page.locator("#c1_op option[value=gte]")).to_have_count(1)
    with page.expect_response("**/filters/?**"):
        page.select_option("#c1_op", "gte")
    expect(page.locator("#c1_op")).to_have_value("gte")
    page.wait_for_timeout(200)
    page.fill("#c1_value", "5")
    page.click("button:text-is('Apply')")
    expect(page).to_have_url(re.compile(r"f_created_at=older%3A1h&f_price=gte%3A5$"))
    expect(page.locator(".list-chips .chip")).to_have_count(2)
    page.click(".chip >> text=Price")
    expect(page).to_have_url(re.compile(r"\?f_created_at=older%3A1h$"))
    page.click("text=Clear the filters")
    expect(page.locator(".chip")).to_have_count(0)


def test_all_rows_that_match_are_selected_on_purpose(enter):
    page = enter("admin")
    page.goto("/admin/products/?size=20")
    approve = page.locator("[data-selection] button[formaction]").first
    expect(approve).to_be_hidden()
    expect(approve).to_be_disabled()
    first = page.locator("tbody tr").first
    top = first.bounding_box()["y"]
    page.check("[data-tick-all]")
    expect(approve).to_be_visible()
    assert first.bounding_box()["y"] == top
    expect(page.locator("[data-selection-told]")).to_have_text("20 rows selected")
    expect(page.locator("[data-selected]")).to_have_text("20 rows selected")
    expect(page.locator("[data-all-text]")).to_have_text("All 20 on this page are selected.")
    page.click("[data-all-toggle]")
    expect(page.locator("[data-selected]")).to_have_text(re.compile("All .+ that match are selected"))
    expect(approve).to_be_enabled()
    page.locator("tbody input[name=rowid]").first.uncheck()
    expect(page.locator("[data-selected]")).to_have_text("19 rows selected")
    expect(page.locator("[name=matching]")).not_to_be_checked()
    page.check("[data-tick-all]")
    page.click("[data-all-toggle]")
    page.click("[data-all-toggle]")
    expect(approve).to_be_hidden()
    expect(page.locator("[data-tick-all]")).to_be_focused()


def test_a_list_is_used_by_keys(enter, office):
    page = enter("admin")
    page.goto("/admin/products/?size=20")
    page.locator("tbody tr").first.focus()
    page.keyboard.press("j")
    row = page.locator("tbody tr").nth(1)
    expect(row).to_be_focused()
    page.keyboard.press("x")
    expect(row.locator("[name=rowid]")).to_be_checked()
    page.keyboard.press("p")
    name = row.locator("td").nth(1).inner_text()
    expect(page.locator("#peek.show")).to_contain_text(name)
    page.keyboard.press("p")
    expect(page.locator("#peek")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).not_to_be_visible()
    expect(row).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(name)


def test_a_cell_is_changed_where_it_stands(enter, office):
    """A refusal is told at the cell, what was typed is still there, and the row's tick knows the new version."""
    page = enter("admin")
    page.goto("/admin/products/?size=20")
    row = page.locator("tbody tr").first
    product, version = row.locator("[name=rowid]").get_attribute("value").split(".")[:2]
    row.locator("td[data-label='Stock quantity']").dblclick()
    field = row.locator("[data-cell-input]")
    expect(field).to_be_focused()
    field.fill("many")
    field.press("Enter")
    expect(row.locator("[role=alert]")).to_contain_text("not a number")
    expect(row.locator("[data-cell-input]")).to_have_value("many")
    row.locator("[data-cell-input]").fill("77")
    row.locator("[data-cell-input]").press("Enter")
    expect(row.locator("td[data-label='Stock quantity']")).to_have_text("77")
    expect(row).to_be_focused()
    assert office.row("SELECT stock_quantity, version FROM products WHERE id = %s", product) == (77, int(version) + 1)
    assert row.locator("[name=rowid]").get_attribute("value").split(".")[1] == str(int(version) + 1)


def test_a_list_is_cards_on_a_telephone(enter):
    page = enter("admin")
    page.set_viewport_size({"width": 380, "height": 800})
    page.goto("/admin/products/?size=20")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator("tbody tr").first).to_be_visible()
