"""The palette and the keys, by keyboard alone, in a browser that obeys the content security policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Office

pytestmark = pytest.mark.e2e
Enter = Callable[[str], Page]


def test_a_record_is_found_and_opened_by_keyboard(office: Office, enter: Enter) -> None:
    page = enter("admin")
    sku, product, name = office.row("SELECT sku, id::text, name FROM products WHERE deleted_at IS NULL LIMIT 1")
    page.keyboard.press("Control+k")
    dialog, box = page.locator("#palette"), page.get_by_role("combobox", name="Search records, pages and actions")
    expect(box).to_be_focused()
    box.press_sequentially(sku)
    chosen = dialog.locator("[role=option][aria-selected=true]")
    expect(chosen).to_contain_text(name)
    expect(box).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/products/details/?id={product}")
    page.keyboard.press("Control+k")
    expect(chosen).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def test_arrows_move_and_control_enter_opens_a_new_tab(enter: Enter) -> None:
    page = enter("admin")
    page.get_by_role("link", name="Search").first.click()
    with page.expect_response(lambda answer: "q=products" in answer.url):
        page.keyboard.type("products")
    expect(page.locator("#palette .palette-heading").last).to_have_text("Actions")
    options = page.locator("#palette [role=option]")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    assert "/admin/" in opened.value.url
    assert page.url.endswith("/admin/")


def test_keys_lead_to_the_search_box_the_help_and_pages(enter: Enter) -> None:
    page = enter("admin")
    page.goto("/admin/products/")
    page.keyboard.press("/")
    expect(page.locator("main input[type=search]").first).to_be_focused()
    page.keyboard.type("?g")
    expect(page.locator("#keys")).not_to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("[data-keys]")).to_contain_text("Search everything")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/admin/")
