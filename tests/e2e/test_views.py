"""Saved views, chosen columns, exports and the tray in a real browser, by the keyboard."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_records import press

pytestmark = pytest.mark.e2e
Enter = Callable[[str], Page]
HEADS = ".list-table thead th"


def test_a_view_is_saved_pinned_and_taken_away(enter: Enter) -> None:
    page = enter("admin")
    page.goto("/admin/products/?f_status=pending&sort=price")
    press(page.get_by_role("link", name=re.compile("^Save")))
    page.get_by_label("Save what the list shows now as").fill("To look at")
    page.keyboard.press("Enter")
    view = page.get_by_role("navigation", name="Views").get_by_role("link", name="To look at")
    expect(view).to_have_attribute("aria-current", "true")
    press(page.get_by_role("link", name="Save or arrange views"))
    press(page.get_by_role("button", name="Put into the menu"))
    pinned = page.get_by_role("navigation", name="Main").get_by_role("link", name="To look at")
    expect(pinned).to_contain_text(re.compile(r"\d"))
    page.goto("/admin/orders/")
    press(pinned)
    expect(page.get_by_role("list", name="Active filters")).to_contain_text("Status")
    expect(view).to_have_attribute("aria-current", "true")
    press(page.get_by_role("link", name="Save or arrange views"))
    press(page.get_by_role("button", name="Delete", exact=True))
    expect(view).to_have_count(0)
    expect(pinned).to_have_count(0)


def test_columns_are_chosen_and_exported(enter: Enter, tmp_path: Path) -> None:
    """The file holds the chosen columns of the filtered rows, and is made by a worker while one waits."""
    page = enter("finance")
    page.goto("/finance/orders/?f_status=delivered&size=20")
    usual = page.locator(HEADS).all_inner_texts()
    press(page.get_by_role("link", name="Columns"))
    box = page.get_by_role("form", name="Columns").get_by_role("checkbox", name="Total amount", exact=True)
    press(box, "Space")
    press(page.get_by_role("form", name="Columns").get_by_role("button", name="Save"))
    expect(page.get_by_role("columnheader", name="Total amount", exact=True)).to_have_count(0)
    shown = page.locator(HEADS).all_inner_texts()
    assert len(shown) == len(usual) - 1
    press(page.get_by_role("button", name="Export"), "ArrowDown")
    choice = page.get_by_role("button", name="CSV")
    expect(choice).to_be_visible()
    press(choice)
    page.wait_for_url("**/exports/**")
    link = page.get_by_role("link", name="Download").first
    expect(link).to_be_visible(timeout=30_000)
    with page.expect_download() as downloading:
        press(link)
    downloading.value.save_as(tmp_path / "orders.csv")
    with (tmp_path / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["Status"] for row in rows} == {"delivered"}
    assert "Total amount" not in rows[0]


def test_the_tray_tells_what_was_set_going(enter: Enter) -> None:
    """A bulk action: ticked by keys, its dry run, its progress, a result for each row, and the tray on another page."""
    page = enter("admin")
    page.goto("/admin/products/?f_status=active&size=20")
    page.locator("tbody tr").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selected]")).to_have_text("2 rows selected")
    press(page.get_by_role("button", name="Take off the shop", exact=True))
    expect(page.get_by_text("2 products, 2 can go ahead")).to_be_visible()
    press(page.get_by_role("dialog").get_by_role("button", name="Take off the shop", exact=True))
    expect(page.locator("dialog [data-status]")).to_have_attribute("data-status", "succeeded", timeout=30_000)
    page.goto("/admin/orders/")
    press(page.get_by_role("button", name=re.compile("^Operations")))
    newest = page.locator(".tray-body li").first
    expect(newest).to_contain_text("Take off the shop")
    expect(newest).to_contain_text("2 of 2")
    press(newest.get_by_role("link"))
    page.wait_for_url("**/operations/details/**")
    expect(page.locator("main tbody tr")).to_have_count(2)
