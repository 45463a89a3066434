"""What a person typed survives what comes between: a file that is too large, a session that ended, a hasty Escape."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Office
from tests.e2e.test_review import until
from tests.support.chromium import sign_in

pytestmark = pytest.mark.e2e

Enter = Callable[[str], Page]
PENDING = "SELECT id FROM products WHERE status = 'pending' AND deleted_at IS NULL ORDER BY id LIMIT 1"


def rejection(page: Page, product: str) -> None:
    """The sheet with a reason and a text."""
    page.goto(f"/admin/products/details/?id={product}")
    page.locator(".action-bar").get_by_role("button", name="Reject", exact=True).click()
    sheet = page.locator("dialog.sheet")
    sheet.locator("[name=reason]").select_option("incomplete")
    sheet.locator("[name=message]").fill("Please show all sides of it.")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(office: Office, enter: Enter) -> None:
    """The server would refuse the whole request, and with it the words."""
    (dispute,) = office.row("SELECT id FROM disputes WHERE status = 'in_review' ORDER BY id LIMIT 1")
    page = enter("admin")
    page.goto(f"/admin/disputes/details/?id={dispute}&tab=conversation")
    composer = page.locator("form.composer")
    composer.locator("[name=text]").fill("Here are the pictures.")
    large = {"name": "film.png", "mimeType": "image/png", "buffer": b"\x89PNG" + bytes(10_100_000)}
    composer.locator("#files").set_input_files(large)
    told = composer.locator("#files").evaluate("one => one.validationMessage")
    assert told == "film.png has 10.1 MB; at most 10 MB are taken."
    composer.get_by_role("button", name="Write a message").click()
    expect(composer.locator("[name=text]")).to_have_value("Here are the pictures.")
    small = {"name": "note.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    composer.locator("#files").set_input_files([small] * 9)
    assert "files are taken" in composer.locator("#files").evaluate("one => one.validationMessage")
    composer.locator("#files").set_input_files([])
    assert composer.locator("#files").evaluate("one => one.validationMessage") == ""


def test_a_session_that_ended_is_told_in_the_sheet(office: Office, enter: Enter) -> None:
    """Signing in in another tab, then the same button does it."""
    (product,) = office.row(PENDING)
    page = enter("admin", "401", "400")
    rejection(page, product)
    page.context.clear_cookies()
    confirm = page.locator("dialog.sheet form button").filter(has_text="Reject")
    confirm.click()
    expect(page.locator("#toasts")).to_contain_text("signed out")
    expect(page.locator("dialog.sheet [name=message]")).to_have_value("Please show all sides of it.")
    other = page.context.new_page()
    other.set_default_timeout(15_000)
    sign_in(other, "admin")
    confirm.click()
    expect(page.locator("#toasts")).to_contain_text("You have signed in again")
    confirm.click()
    expect(page.locator("dialog.sheet [data-status]").last).to_have_attribute(
        "data-status", "succeeded", timeout=30_000
    )
    assert office.row("SELECT status FROM products WHERE id = %s", product) == ("rejected",)


def test_escape_while_it_is_carried_out_closes_the_sheet_for_good(office: Office, enter: Enter) -> None:
    """What was begun goes on; nothing opens again over what the person does next."""
    (product,) = office.row(PENDING)
    page = enter("admin")
    rejection(page, product)
    page.locator("dialog.sheet form button").filter(has_text="Reject").click()
    page.locator("dialog.sheet [data-operation]").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.sheet")).to_be_hidden()
    until(page, partial(office.row, "SELECT status FROM products WHERE id = %s", product), ("rejected",))
    page.wait_for_timeout(1_000)
    expect(page.locator("dialog.sheet")).to_be_hidden()
    page.goto(f"/admin/products/details/?id={product}")
    expect(page.locator("#main")).to_contain_text("Please show all sides of it.")
