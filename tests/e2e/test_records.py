"""Record pages in a real browser, by the keyboard: neighbours, tabs, what can be done and why not, putting back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Office

pytestmark = pytest.mark.e2e
Enter = Callable[[str], Page]


def press(place: Locator, key: str = "Enter") -> None:
    """Use something as who has no mouse: it takes the focus, and the key does the rest."""
    place.focus()
    expect(place).to_be_focused()
    place.press(key)


def test_from_record_to_record_by_keys(enter: Enter) -> None:
    """`j` and `k` walk through the filtered list, and back to where one began."""
    page = enter("admin")
    page.goto("/admin/products/?f_created_at=older%3A1h&sort=name&size=20")
    expect(page.locator("tbody tr[tabindex] td:nth-child(2)").first).to_be_visible()
    names = page.locator("tbody tr[tabindex] td:nth-child(2)").all_inner_texts()
    page.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    for name in names[:3]:
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        page.wait_for_load_state()
        page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_contain_text(names[3])
    page.wait_for_load_state()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_contain_text(names[2])


def test_tabs_open_in_place_and_have_an_address(enter: Enter) -> None:
    page = enter("admin")
    page.goto("/admin/orders/")
    page.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/details/**")
    for tab in ("Items", "History"):
        link = page.get_by_role("navigation", name="Parts of the record").get_by_role("link", name=tab)
        press(link)
        expect(link).to_have_attribute("aria-current", "true")
        expect(link).to_be_focused()
        expect(page).to_have_url(re.compile(f"tab={tab.lower()}"))
    page.go_back()
    expect(page.get_by_role("link", name="Items", exact=True)).to_have_attribute("aria-current", "true")


def test_what_is_refused_says_why(office: Office, enter: Enter) -> None:
    [order] = office.row("SELECT id FROM orders WHERE status = 'delivered' ORDER BY id LIMIT 1")
    page = enter("admin")
    page.goto(f"/admin/orders/details/?id={order}")
    press(page.get_by_text("Why not something else?"))
    reasons = page.locator(".refusals dd")
    expect(reasons.first).to_be_visible()
    assert all(len(one) > 10 for one in reasons.all_inner_texts())


def test_a_former_value_is_put_back(office: Office, enter: Enter) -> None:
    """A change is told field by field; putting it back is a change of its own, and can be undone as well."""
    [product, before] = office.row(
        "SELECT id, short_description FROM products WHERE status = 'active' AND images IS NULL ORDER BY id LIMIT 1"
    )
    query = "SELECT short_description FROM products WHERE id = %s"
    page = enter("admin")
    page.goto(f"/admin/products/details/?id={product}")
    page.wait_for_load_state()
    page.keyboard.press("e")
    page.get_by_label("Short description").fill("For a day only")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert office.row(query, product) == ("For a day only",)
    press(page.get_by_role("link", name="History", exact=True))
    newest = page.locator(".past > li").first
    change = newest.get_by_role("row").filter(has_text="Short description")
    expect(change.locator(".became")).to_have_text("For a day only")
    press(newest.get_by_role("button", name=re.compile("Put back")))
    page.wait_for_load_state()
    assert office.row(query, product) == (before,)
    page.goto(f"/admin/products/details/?id={product}&tab=history")
    expect(newest.locator(".was").filter(has_text="For a day only")).to_be_visible()
