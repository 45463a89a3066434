"""Each role signs in and does its day's decisions; the worker's effect is seen in the page and in the database."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Office

pytestmark = pytest.mark.e2e
Enter = Callable[[str], Page]
#: Set to a folder, the tests leave pictures of the main pages there.
PICTURES = os.environ.get("E2E_PICTURES")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def press(page: Page, label: str, **fields: str) -> None:
    """Press an action's button, fill the form of the sheet in, and confirm."""
    page.locator(".action-bar, .list-actions").get_by_role("button", name=label, exact=True).click()
    sheet = page.locator("dialog.sheet")
    for name, value in fields.items():
        control = sheet.locator(f"[name={name}]").first
        if control.evaluate("one => one.tagName") == "SELECT":
            control.select_option(value)
        elif control.get_attribute("type") == "checkbox":
            control.set_checked(value == "yes")
        else:
            control.fill(value)
    picture(page, f"action-{label.lower().replace(' ', '-')}")
    sheet.locator("form button").filter(has_text=label).click()


def ends(page: Page, status: str) -> None:
    """Wait until the operation in the sheet, or on its own page, has this status."""
    expect(page.locator("dialog.sheet [data-status], .page-line [data-status]").last).to_have_attribute(
        "data-status", status, timeout=30_000
    )


def test_admin_approves_and_rejects_products(office: Office, enter: Enter) -> None:
    page = enter("admin")
    picture(page, "admin-home")
    page.goto("/admin/products/?f_status=pending")
    picture(page, "admin-products")
    boxes = page.locator("tbody input[name=rowid]")
    ids = [str(boxes.nth(place).get_attribute("value")).split("~")[0].split(".")[0] for place in range(3)]
    boxes.nth(0).check()
    boxes.nth(1).check()
    press(page, "Approve")
    ends(page, "succeeded")
    picture(page, "operation")
    page.goto(f"/admin/products/details/?id={ids[2]}")
    press(page, "Reject", reason="misleading", message="The pictures show another product.")
    ends(page, "succeeded")
    page.goto(f"/admin/products/details/?id={ids[2]}")
    expect(page.get_by_text("The pictures show another product.").first).to_be_visible()
    picture(page, "product")
    statuses = [office.row("SELECT status FROM products WHERE id = %s", one)[0] for one in ids]
    assert statuses == ["approved", "approved", "rejected"]
    (history,) = office.row(
        "SELECT count(*) FROM status_history WHERE entity_id = %s AND to_status = 'approved'", ids[0]
    )
    (audit,) = office.row("SELECT count(*) FROM audit_log WHERE entity_id = %s AND after ? 'status'", ids[0])
    assert (history, audit) == (1, 1)


def test_refund_from_request_to_stripe(office: Office, enter: Enter) -> None:
    (order, number) = office.row(
        "SELECT o.id, o.order_number FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.payment_status = 'paid'"
        " AND o.currency = 'USD' AND p.status = 'succeeded' AND p.stripe_payment_intent_id IS NOT NULL"
        " AND p.captured_amount - p.refund_reserved - p.refunded_amount > 10 ORDER BY o.created_at DESC LIMIT 1"
    )
    admin = enter("admin")
    admin.goto(f"/admin/orders/details/?id={order}")
    picture(admin, "order")
    press(admin, "Request a refund", kind="goodwill", reason="goodwill", amount="5.00", note="Sorry.")
    ends(admin, "succeeded")
    (refund,) = office.row("SELECT id FROM refunds WHERE order_id = %s ORDER BY created_at DESC LIMIT 1", order)
    finance = enter("finance")
    finance.goto(f"/finance/refunds/details/?id={refund}")
    press(finance, "Approve and send")
    ends(finance, "succeeded")
    finance.goto(f"/finance/refunds/details/?id={refund}")
    expect(finance.locator("h1 + .tone")).to_have_text("Succeeded")
    picture(finance, "refund")
    assert office.row("SELECT payment_status FROM orders WHERE id = %s", order)[0] == "partially_refunded"
    status, stripe_id = office.row("SELECT status, stripe_refund_id FROM refunds WHERE id = %s", refund)
    assert status == "succeeded"
    assert str(stripe_id).startswith("re_")
    assert number


def test_finance_releases_payouts(office: Office, enter: Enter) -> None:
    page = enter("finance")
    page.goto("/finance/payouts/?f_status=pending")
    picture(page, "finance-payouts")
    payout = office.payout_that_nothing_holds()
    page.goto(f"/finance/payouts/details/?id={payout}")
    press(page, "Release")
    ends(page, "succeeded")
    status, transfer = office.row("SELECT status, stripe_transfer_id FROM payouts WHERE id = %s", payout)
    assert status == "completed"
    assert str(transfer).startswith("tr_")
    (booked,) = office.row("SELECT count(*) FROM transactions WHERE payout_id = %s AND status = 'completed'", payout)
    assert booked == 1


def test_a_second_person_agrees_to_a_large_payout(office: Office, enter: Enter) -> None:
    """PAY-5, WHO-1: the maker cannot; a colleague can."""
    with office.payout_for_two() as payout:
        maker = enter("finance")
        maker.goto(f"/finance/payouts/details/?id={payout}")
        press(maker, "Release")
        ends(maker, "awaiting_approval")
    maker.get_by_role("link", name="Open the operation").click()
    ends(maker, "awaiting_approval")
    expect(maker.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    operation = maker.url
    checker = enter("finance2")
    checker.goto(operation)
    picture(checker, "second-person")
    checker.get_by_role("button", name="Approve", exact=True).click()
    ends(checker, "succeeded")
    assert office.row("SELECT status FROM payouts WHERE id = %s", payout)[0] == "completed"


def test_admin_resolves_a_dispute_with_a_refund(office: Office, enter: Enter) -> None:
    """DSP-1, DSP-2: assign, answer, resolve; the refund waits for finance."""
    (dispute,) = office.row(
        "SELECT d.id FROM disputes d JOIN payments p ON p.order_id = d.order_id AND p.status = 'succeeded'"
        " WHERE d.status IN ('open', 'in_review') AND p.captured_amount - p.refund_reserved - p.refunded_amount > 5"
        " ORDER BY (d.status = 'open') DESC, d.id LIMIT 1"
    )
    page = enter("admin")
    page.goto(f"/admin/disputes/details/?id={dispute}")
    if office.row("SELECT status FROM disputes WHERE id = %s", dispute)[0] == "open":
        press(page, "Assign", assignee="finance@demo.example")
        ends(page, "succeeded")
        page.goto(f"/admin/disputes/details/?id={dispute}")
    press(page, "Write a message", text="We are looking into it.", is_public="yes")
    ends(page, "succeeded")
    page.goto(f"/admin/disputes/details/?id={dispute}")
    press(page, "Resolve", outcome="refund_partial", amount="3.00", notes="Half the cable was missing.")
    ends(page, "succeeded")
    page.goto(f"/admin/disputes/details/?id={dispute}")
    picture(page, "dispute")
    assert office.row("SELECT status FROM disputes WHERE id = %s", dispute)[0] == "resolved"
    assert office.row("SELECT status FROM refunds WHERE dispute_id = %s", dispute)[0] == "requested"


def test_logistics_moves_a_shipment(office: Office, enter: Enter) -> None:
    """SHP-2, ORD-2: the event is a row, the shipment and its order follow."""
    (shipment, order) = office.row(
        "SELECT s.id, s.order_id FROM shipments s JOIN orders o ON o.id = s.order_id AND o.status IN"
        " ('confirmed', 'processing') WHERE s.status = 'pending' AND s.voided_at IS NULL ORDER BY s.id LIMIT 1"
    )
    page = enter("logistics")
    page.goto("/logistics/shipments/")
    picture(page, "logistics-shipments")
    page.goto(f"/logistics/shipments/details/?id={shipment}")
    press(page, "Update status", status="in_transit", location="Leipzig hub")
    ends(page, "succeeded")
    page.goto(f"/logistics/shipments/details/?id={shipment}&tab=shipment-events")
    expect(page.get_by_text("Leipzig hub").first).to_be_visible()
    picture(page, "shipment")
    assert office.row("SELECT status FROM shipments WHERE id = %s", shipment)[0] == "in_transit"
    assert office.row("SELECT count(*) FROM shipment_events WHERE shipment_id = %s", shipment)[0] >= 1
    assert office.row("SELECT status FROM orders WHERE id = %s", order)[0] in {"processing", "shipped"}


def test_vendor_sells_and_sees_only_its_own(office: Office, enter: Enter) -> None:
    """ACC-1: submit a draft; somebody else's product does not exist."""
    page = enter("vendor")
    picture(page, "vendor-home")
    (vendor,) = office.row("SELECT id FROM users WHERE email = 'vendor@demo.example'")
    (draft,) = office.row("SELECT id FROM products WHERE vendor_id = %s AND status = 'draft' LIMIT 1", vendor)
    page.goto("/vendor/products/")
    picture(page, "vendor-products")
    page.goto(f"/vendor/products/details/?id={draft}")
    press(page, "Submit for review")
    ends(page, "succeeded")
    assert office.row("SELECT status FROM products WHERE id = %s", draft)[0] == "pending"
    (foreign,) = office.row("SELECT id FROM products WHERE vendor_id <> %s LIMIT 1", vendor)
    answer = page.request.get(f"{office.address}/vendor/products/details/?id={foreign}")
    assert answer.status == 404


def test_an_edit_is_not_lost_to_a_colleague(office: Office, enter: Enter) -> None:
    """I8: the second of two who had the form open sees both versions."""
    (product,) = office.row("SELECT id FROM products WHERE status = 'active' ORDER BY id LIMIT 1")
    first, second = enter("admin"), enter("admin2")
    for page in (first, second):
        page.goto(f"/admin/products/edit/?id={product}")
    first.fill("[name=stock_quantity]", "41")
    first.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(first.get_by_text("Saved.")).to_be_visible()
    second.fill("[name=stock_quantity]", "42")
    with second.expect_navigation():
        second.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(second.locator(".question .theirs")).to_have_text("41")
    expect(second.get_by_role("radio", name="Mine")).to_be_checked()
    picture(second, "conflict")
    assert office.row("SELECT stock_quantity FROM products WHERE id = %s", product)[0] == 41
    second.get_by_role("radio", name="Mine").press("ArrowUp")
    expect(second.get_by_role("radio", name="Theirs")).to_be_checked()
    second.fill("[name=stock_quantity]", "43")
    expect(second.get_by_role("radio", name="Mine")).to_be_checked()
    second.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(second.get_by_text("Saved.")).to_be_visible()
    assert office.row("SELECT stock_quantity FROM products WHERE id = %s", product)[0] == 43
