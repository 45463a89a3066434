"""Forms in a real browser: fields that depend on others, JSON in rows, and what was typed and not saved."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def product(office):
    """Of a product that needs shipping and has pictures and facts."""
    (row,) = office.row(
        "UPDATE products SET requires_shipping = true, weight = 2,"
        ' images = \'["/shot-a.png", "/shot-b.png"]\','
        ' specifications = \'{"colour": "red", "width": 30}\' WHERE id ='
        " (SELECT id FROM products WHERE status = 'active' ORDER BY id DESC LIMIT 1) RETURNING id"
    )
    return row


@pytest.fixture
def page(enter):
    """An admin's page, on which pictures are there."""
    page = enter("admin")
    page.route("**/shot-*.png", lambda route: route.fulfill(body="", content_type="image/png"))
    return page


def save(page):
    page.locator(".form-actions button").click()


def test_fields_rows_and_leaving(page, office, product):
    page.goto(f"/admin/products/edit/?id={product}")
    expect(page.locator("#weight")).to_be_visible()
    page.select_option("#requires_shipping", "no")
    expect(page.locator("#weight")).to_be_hidden()
    expect(page.locator("#images")).to_be_hidden()
    page.get_by_label("Remove images 1").click()
    page.locator("[data-rows=list]").get_by_text("Add a row").click()
    page.keyboard.type("/shot-c.png")
    page.get_by_label("Specifications, value 1").fill("31")
    page.locator("[data-rows=facts]").first.get_by_text("Add a row").click()
    page.keyboard.type("colour")
    save(page)
    # A name that is there already is not sent.
    expect(page.get_by_label("Specifications, name 3")).to_be_focused()
    page.get_by_label("Specifications, name 3").fill("new")
    page.get_by_label("Specifications, value 3").fill("true")

    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.on("dialog", lambda dialog: (asked.append("again"), dialog.accept()))
    save(page)
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"/admin/products/edit/?id={product}")
    expect(page.locator("#weight")).to_be_hidden()
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/details/**")
    assert asked == ["beforeunload"]
    images, facts, weight = office.row("SELECT images, specifications, weight FROM products WHERE id = %s", product)
    assert images == ["/shot-b.png", "/shot-c.png"]
    assert facts == {"colour": "red", "width": 31, "new": True}
    assert weight == 2


def test_json_that_rows_cannot_show_stays_json(page, product):
    page.goto(f"/admin/products/edit/?id={product}")
    page.locator("details.json summary").first.click()
    page.fill("#images", json.dumps([1, 2]))
    page.locator("#images").blur()
    expect(page.locator("[data-rows=list] .row-line")).to_have_count(0)
    page.fill("#images", json.dumps(["/shot-x.png"]))
    page.locator("#images").blur()
    expect(page.get_by_label("Images, value 1")).to_have_value("/shot-x.png")
    page.get_by_label("Images, value 1").fill("no address")
    page.on("dialog", lambda dialog: dialog.accept())
    save(page)
    expect(page.get_by_text("Look at number 1.")).to_be_visible()
    # A form that came back counts as changed, once its scripts run.
    page.wait_for_load_state()
    asked = []
    page.once("dialog", lambda dialog: asked.append(dialog.type))
    page.get_by_role("link", name=re.compile("Cancel")).click()
    page.wait_for_url("**/details/**")
    assert asked == ["beforeunload"]


def kept(page):
    """What this browser keeps of drafts."""
    return page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('draft '))")


def test_a_draft_survives_an_expired_session(page, office, product):
    page.on("dialog", lambda dialog: dialog.accept())
    edit = f"/admin/products/edit/?id={product}"
    page.goto(edit)
    page.fill("#short_description", "Typed and not saved")
    page.wait_for_timeout(500)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.goto(edit)
    page.wait_for_url("**/sign-in**")
    page.context.add_cookies(cookies)
    page.goto(edit)
    expect(page.get_by_text("You have an unsaved draft from a moment ago.")).to_be_visible()
    expect(page.locator("#short_description")).not_to_have_value("Typed and not saved")
    # Somebody else saves meanwhile: the draft is over the older version, and is asked about.
    office.row("UPDATE products SET short_description = 'Theirs' WHERE id = %s RETURNING id", product)
    page.goto(edit)
    expect(page.get_by_text("The record was changed since")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("#short_description")).to_have_value("Typed and not saved")
    save(page)
    expect(page.locator(".question .theirs")).to_have_text("Theirs")
    save(page)
    expect(page.get_by_text("Saved.")).to_be_visible()
    # The page is there before its scripts.
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('draft '))")
    assert kept(page) == []
    assert office.row("SELECT short_description FROM products WHERE id = %s", product)[0] == "Typed and not saved"


def test_drafts_are_discarded_and_end_with_signing_out(page, office, product):
    page.on("dialog", lambda dialog: dialog.accept())
    edit = f"/admin/products/edit/?id={product}"
    for name in ("First", "Second"):
        page.goto(edit)
        page.fill("#short_description", name)
        page.wait_for_timeout(500)
        page.goto(edit)
        expect(page.locator("[data-draft-offer]")).to_be_visible()
        if name == "First":
            page.get_by_role("button", name="Discard").click()
            assert kept(page) == []
    (user,) = office.row("SELECT id FROM users WHERE role = 'customer' ORDER BY id LIMIT 1")
    page.goto(f"/admin/users/edit/?id={user}")
    page.fill("#first_name", "Personal")
    page.wait_for_timeout(500)
    (only,) = kept(page)
    assert "Personal" not in str(only)
    page.locator(".topbar-tools button[data-bs-toggle]").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
    assert kept(page) == []


def test_a_picker_makes_what_is_not_there_yet(page, office):
    """By keys alone: the refusal comes into the dialog, the new row into the picker, the form behind stays as it is."""
    page.goto("/admin/products/new/")
    page.fill("#name", "Typed before")
    page.locator("[data-creates=category_id]").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New category")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-creates=category_id]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Made in place")
    dialog.get_by_label("Slug").fill("made-in-place")
    dialog.get_by_label("Sort order").fill("many")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("This is not a number.")).to_be_visible()
    expect(dialog.get_by_label("Sort order")).to_be_focused()
    expect(dialog.get_by_label("Name")).to_have_value("Made in place")
    dialog.get_by_label("Sort order").fill("3")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#category_id + .ts-wrapper .item")).to_contain_text("Made in place")
    expect(page.locator("#category_id-ts-control")).to_be_focused()
    expect(page.locator("#toasts")).to_contain_text("Category created.")
    (made,) = office.row("SELECT id::text FROM categories WHERE slug = 'made-in-place'")
    assert page.input_value("#category_id") == made
    expect(page.locator("#name")).to_have_value("Typed before")
    expect(page).to_have_url(re.compile("/admin/products/new/$"))
    page.on("dialog", lambda dialog: dialog.accept())
    office.row("UPDATE categories SET deleted_at = now() WHERE id::text = %s RETURNING id", made)
