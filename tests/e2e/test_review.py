"""Review mode from the keyboard: decide, take back, reject with a canned text, without a new page."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Office
from tests.e2e.test_decisions import picture

pytestmark = pytest.mark.e2e
Enter = Callable[[str], Page]


def shown(page: Page) -> str:
    """The item on the screen."""
    return str(page.locator("#item [name=rowid]").first.get_attribute("value")).split(".")[0]


def changes_from(page: Page, item: str) -> str:
    """Wait for another item than this one."""
    expect(page.locator("#item [name=rowid]").first).not_to_have_value(re.compile(f"^{item}"))
    return shown(page)


def until(page: Page, asked: Callable[[], object], wanted: object) -> None:
    """Give workers, and what the page said when it was left, up to half a minute."""
    for _ in range(60):
        if asked() == wanted:
            return
        page.wait_for_timeout(500)
    assert asked() == wanted


def test_a_queue_is_worked_from_the_keyboard(office: Office, enter: Enter) -> None:
    page = enter("admin")
    page.goto("/admin/review/products/")
    page.evaluate("window.sameDocument = true")
    picture(page, "review-products")
    first = shown(page)
    page.keyboard.press("a")
    changes_from(page, first)
    page.keyboard.press("u")
    expect(page.locator(".review-told")).to_contain_text("Taken back")
    assert shown(page) == first
    page.keyboard.press("j")
    other = changes_from(page, first)
    page.keyboard.press("k")
    assert changes_from(page, other) == first
    page.keyboard.press("a")
    second = changes_from(page, first)
    page.keyboard.press("r")
    dialog = page.locator("dialog.review-dialog[open]")
    dialog.locator("[data-reply]").select_option("Pictures are missing")
    expect(dialog.locator("[name=message]")).to_have_value(re.compile("^Please add at least two pictures"))
    expect(dialog.locator("[name=reason]")).to_have_value("incomplete")
    picture(page, "review-reject")
    # What is being fetched ahead when the page is left stays held until its lease ends.
    with page.expect_response(lambda answer: "/ahead/" in answer.url):
        page.keyboard.press("Control+Enter")
        third = changes_from(page, second)
    assert third not in {first, second}
    page.keyboard.press("?")
    keys = page.locator("#keys")
    for words in ("Approve", "Reject", "Take back", "Next", "Previous"):
        expect(keys).to_contain_text(words)
    page.keyboard.press("Escape")
    assert page.evaluate("window.sameDocument")
    held = "SELECT count(*) FROM review_leases WHERE operation_id IS NULL AND queue = 'products'"
    assert office.row(held)[0] >= 1
    page.goto("/admin/review/changes/")
    picture(page, "review-changes")
    page.goto("/admin/")
    wanted = [("approved", first), ("rejected", second)]
    for status, product in wanted:
        until(page, partial(office.row, "SELECT status FROM products WHERE id = %s", product), (status,))
    until(page, partial(office.row, held), (0,))
