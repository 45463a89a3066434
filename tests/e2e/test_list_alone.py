"""Searching, ordering and turning pages in a real browser: the list changes, the page around it stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_records import press

pytestmark = pytest.mark.e2e
Enter = Callable[..., Page]


def test_the_list_is_asked_again_without_a_new_page(enter: Enter) -> None:
    """By the keyboard: the focus stays where it was, or is at the list; back and forward lead through what was seen."""
    page = enter("admin")
    page.goto("/admin/products/?size=20")
    page.evaluate("window.sameDocument = true")
    name = page.locator("tbody tr a").first.inner_text()
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    chips = page.get_by_role("list", name="Active filters")
    expect(chips).to_contain_text(f"Search “{name}”")
    expect(page).to_have_url(re.compile("[?&]q="))
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    expect(page.locator("tbody tr").first).to_contain_text(name)
    press(chips.get_by_role("link", name="Clear the filters"))
    expect(chips).to_have_count(0)
    expect(page.locator("#list")).to_be_focused()
    press(page.get_by_role("columnheader", name="Price").get_by_role("link"))
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Price")
    expect(page.get_by_role("columnheader", name="Price").get_by_role("link")).to_be_focused()
    first = str(page.locator("tbody tr").first.text_content())
    press(page.get_by_role("link", name="Next", exact=True))
    expect(page.locator("tbody tr").first).not_to_have_text(first)
    expect(page.get_by_role("link", name="Next", exact=True)).to_be_focused()
    # What a row can do it can after each exchange.
    row = page.locator("tbody tr").first
    row.focus()
    page.keyboard.press("x")
    expect(page.locator("[data-selected]")).to_have_text("1 row selected")
    assert page.evaluate("window.sameDocument")
    page.go_back()
    expect(page.locator("tbody tr").first).to_have_text(first)
    expect(page.locator("#sidebar")).to_have_count(1)


def test_filters_and_export_follow_the_list(enter: Enter) -> None:
    """What stands above the list means what the list shows now, not what it showed when the page came."""
    page = enter("finance")
    page.goto("/finance/orders/")
    page.evaluate("window.sameDocument = true")
    count = page.locator("#list-count").inner_text()
    press(page.get_by_role("link", name="Filters"))
    builder = page.get_by_role("form", name="Filters")
    builder.get_by_label("Column").first.select_option("status")
    builder.get_by_label("Values").select_option("delivered")
    press(builder.get_by_role("button", name="Apply"))
    expect(page.get_by_role("list", name="Active filters")).to_contain_text("Status is Delivered")
    expect(page.locator("#list-count")).not_to_have_text(count)
    assert page.evaluate("window.sameDocument")
    press(page.get_by_role("link", name="Columns"))
    expect(page.get_by_role("form", name="Columns").locator("[name=back]")).to_have_value(
        re.compile("f_status=delivered")
    )
    # The buttons of the export send this form.
    expect(page.locator("#question [name=query]")).to_have_value(re.compile("^f_status=delivered&"))


def test_who_was_signed_out_is_led_to_the_sign_in(enter: Enter) -> None:
    page = enter("admin", "status of 401", "Error Code 401")
    page.goto("/admin/products/?size=20")
    page.context.clear_cookies()
    press(page.get_by_role("link", name="Next", exact=True))
    page.wait_for_url("**/sign-in?next=**")
