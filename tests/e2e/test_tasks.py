"""The five tasks of a day, each on one screen without a page load, and what they take of clicks and keystrokes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Office
from tests.e2e.hands import Hands
from tests.e2e.test_review import changes_from, shown, until

pytestmark = pytest.mark.e2e
Enter = Callable[[str], Page]
Tell = Callable[..., None]
PARCELS = (
    "SELECT array_agg(n) FROM (SELECT tracking_number AS n FROM shipments WHERE status = %s"
    " AND tracking_number IS NOT NULL AND voided_at IS NULL ORDER BY id LIMIT %s) AS found"
)
#: Few wait for a review in the small demo, and other tests take some.
SUBMITTED = (
    "WITH submitted AS (UPDATE products SET status = 'pending' WHERE status = 'draft' AND deleted_at IS NULL"
    " RETURNING id) SELECT count(*) FROM submitted"
)
#: A delivered order of which a payout has taken a line, and a small part of what the line cost.
PAID_OUT = (
    "SELECT o.id FROM orders o JOIN order_items l ON l.order_id = o.id"
    " JOIN payout_items i ON i.order_item_id = l.id JOIN payouts t ON t.id = i.payout_id AND t.status = 'completed'"
    " JOIN payments p ON p.order_id = o.id AND p.status = 'succeeded' AND p.stripe_payment_intent_id IS NOT NULL"
    " WHERE o.currency = 'USD' AND o.payment_status = 'paid' AND l.unit_price BETWEEN 4 AND 100"
    " AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id)"
    " AND NOT EXISTS (SELECT FROM chargebacks c WHERE c.payment_id = p.id)"
    " AND (SELECT count(*) FROM order_items n WHERE n.order_id = o.id) = 1 ORDER BY o.id LIMIT 1"
)


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Iterator[Tell]:
    """What a task took, for the table that `make e2e` prints."""

    def told(task: str, *hands: Hands) -> None:
        took = (sum(one.clicks for one in hands), sum(one.keys for one in hands), sum(one.seconds for one in hands))
        record_property("task", (task, *took))

    return told


def statuses(office: Office, ids: list[str]) -> tuple[Any, ...]:
    return office.row("SELECT array_agg(DISTINCT status) FROM products WHERE id = ANY(%s::uuid[])", ids)


def test_twenty_products_are_approved(office: Office, enter: Enter, tell: Tell) -> None:
    """MOD-1: a key each; the next one is there already."""
    office.row(SUBMITTED)
    page = enter("admin")
    page.goto("/admin/review/products/")
    done = []
    with Hands(page) as hands:
        for _ in range(20):
            done.append(shown(page))
            hands.press("a")
            changes_from(page, done[-1])
    tell("approve 20 products", hands)
    assert len(set(done)) == 20
    page.goto("/admin/")
    until(page, partial(statuses, office, done), (["approved"],))


def test_three_products_are_rejected_with_reasons(office: Office, enter: Enter, tell: Tell) -> None:
    """MOD-2: a canned text brings its reason along."""
    page = enter("admin")
    page.goto("/admin/review/products/")
    done = []
    with Hands(page) as hands:
        for text in ("Pictures", "Measurements", "Another"):
            done.append(shown(page))
            hands.press("r")
            dialog = page.locator("dialog.review-dialog[open]")
            expect(dialog.locator("[data-reply]")).to_be_focused()
            hands.type(text[0])
            expect(dialog.locator("[name=message]")).not_to_have_value("")
            expect(dialog.locator("[name=reason]")).not_to_have_value("")
            hands.press("Control+Enter")
            changes_from(page, done[-1])
    tell("reject 3 products with reasons", hands)
    page.goto("/admin/")
    until(page, partial(statuses, office, done), (["rejected"],))


def test_a_batch_with_two_held_vendors_is_released(office: Office, enter: Enter, tell: Tell) -> None:
    """PAY-1, PAY-5: what is held is told and left out; the rest waits for a second person, then it goes to Stripe."""
    held = office.held_payouts()
    assert held >= 2
    maker = enter("finance")
    maker.goto("/finance/payouts/?f_status=pending")
    with Hands(maker) as hands:
        hands.click(maker.locator("[data-tick-all]"))
        hands.click(maker.get_by_role("button", name="Release", exact=True))
        sheet = maker.locator("dialog.sheet")
        expect(sheet.locator("tr.refused")).to_have_count(held)
        hands.click(sheet.get_by_role("button", name="Release", exact=True))
        shown = sheet.locator("[data-status]")
        expect(shown).to_have_attribute("data-status", re.compile("^(awaiting_approval|partial)$"), timeout=60_000)
    people = [hands]
    # One that is large enough for two people is among them, unless another test has released it.
    if shown.get_attribute("data-status") == "awaiting_approval":
        checker = enter("finance2")
        checker.goto(str(sheet.get_by_role("link", name="Open the operation").get_attribute("href")))
        with Hands(checker) as second:
            second.click(checker.get_by_role("button", name="Approve", exact=True))
            expect(checker.locator("[data-status]")).to_have_attribute("data-status", "partial", timeout=60_000)
        people.append(second)
    tell("release a weekly batch with two held vendors", *people)
    assert office.held_payouts() == held
    assert office.row("SELECT count(*) FROM payouts WHERE status = 'pending'") == (held,)


def test_two_hundred_parcels_are_recorded(office: Office, enter: Enter, tell: Tell) -> None:
    """SHP-2: five cannot go ahead and are told first."""
    (able,), (back,) = office.row(PARCELS, "delivered", 195), office.row(PARCELS, "returned", 2)
    skipped = [*back, "NOBODYS-1", "NOBODYS-2", able[0]]
    page = enter("logistics")
    page.goto("/logistics/scan/")
    with Hands(page) as hands:
        hands.paste("\n".join([*able, *skipped]))
        hands.press("Tab", "Tab")
        expect(page.locator("#status")).to_be_focused()
        hands.type("R")
        hands.press("Control+Enter")
        told = "200 scanned: 195 can go ahead, 5 will be skipped"
        expect(page.get_by_role("heading", name=told)).to_be_visible()
        hands.press("Enter")
        expect(page.locator("#scan-result")).to_contain_text("195 done", timeout=60_000)
    tell("update 200 shipments of which 5 fail", hands)
    moved = "SELECT count(*) FROM shipments WHERE status = 'returned' AND tracking_number = ANY(%s)"
    assert office.row(moved, able) == (195,)


def test_a_line_of_a_paid_out_order_is_refunded(office: Office, enter: Enter, tell: Tell) -> None:
    """REF-3, REC-1: one asks, finance approves and sends."""
    (order,) = office.row(PAID_OUT)
    admin, finance = enter("admin"), enter("finance")
    admin.goto(f"/admin/orders/details/?id={order}")
    with Hands(admin) as hands:
        hands.click(admin.locator(".action-bar").get_by_role("button", name="Request a refund", exact=True))
        sheet = admin.locator("dialog.sheet")
        expect(sheet.locator("[name=kind]")).to_be_focused()
        hands.press("Tab")
        hands.type("Def")
        hands.press("Tab", "Tab")
        hands.type("1")
        hands.press("Control+Enter")
        expect(sheet.locator("[data-status]")).to_have_attribute("data-status", "succeeded", timeout=30_000)
    finance.goto("/finance/refunds/?f_status=requested")
    with Hands(finance) as second:
        second.click(finance.locator("tbody input[name=rowid]").first)
        second.click(finance.get_by_role("button", name="Approve and send", exact=True))
        sheet = finance.locator("dialog.sheet")
        second.click(sheet.get_by_role("button", name="Approve and send", exact=True))
        expect(sheet.locator("[data-status]")).to_have_attribute("data-status", "succeeded", timeout=60_000)
    tell("refund one line of a paid-out order", hands, second)
    refunded = "SELECT status, amount FROM refunds WHERE order_id = %s ORDER BY created_at DESC LIMIT 1"
    assert office.row(refunded, order)[0] == "succeeded"
