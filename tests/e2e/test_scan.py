"""Scan mode by the keyboard: all parcels on their way, and five that cannot go ahead, without a new page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Office
from tests.e2e.test_decisions import picture
from tests.e2e.test_review import until

pytestmark = pytest.mark.e2e
Enter = Callable[..., Page]
#: Numbers of parcels that may be in transit next, and of some that may not.
ABLE = (
    "SELECT array_agg(n) FROM (SELECT tracking_number AS n FROM shipments WHERE status IN ('pending', 'picked_up',"
    " 'in_transit') AND tracking_number IS NOT NULL AND voided_at IS NULL ORDER BY id LIMIT 195) AS found"
)
UNABLE = (
    "SELECT array_agg(n) FROM (SELECT tracking_number AS n FROM shipments WHERE status = 'returned'"
    " AND tracking_number IS NOT NULL ORDER BY id LIMIT 3) AS found"
)


def test_many_parcels_are_recorded_at_once(office: Office, enter: Enter) -> None:
    """SHP-2: what cannot go ahead is told first and left out; the rest is one operation that can be taken back."""
    (able,), (unable,) = office.row(ABLE), office.row(UNABLE)
    skipped = [*unable, "NOBODYS-1", able[0]]
    page = enter("logistics")
    page.goto("/logistics/scan/")
    page.evaluate("window.sameDocument = true")
    expect(page.locator("#numbers")).to_be_focused()
    page.locator("#numbers").fill("\n".join([*able, *skipped]))
    page.locator("#status").select_option("in_transit")
    page.get_by_role("button", name="Check").press("Enter")
    told = f"{len(able) + len(skipped)} scanned: {len(able)} can go ahead, {len(skipped)} will be skipped"
    expect(page.get_by_role("heading", name=told)).to_be_visible()
    expect(page.locator("table.plan tbody tr").first).to_have_class("refused")
    record = page.get_by_role("button", name=f"Record for {len(able)} parcels")
    expect(record).to_be_focused()
    picture(page, "scan")
    page.keyboard.press("Enter")
    expect(page.locator("#scan-result")).to_contain_text("in a moment")
    page.keyboard.press("Escape")
    page.locator("#scan-result").get_by_role("button", name="Take back").press("Enter")
    expect(page.locator("#scan-result")).to_contain_text("Cancelled")
    page.locator("#numbers").fill("\n".join(able))
    page.locator("#status").select_option("in_transit")
    page.get_by_role("button", name="Check").press("Enter")
    expect(record).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#numbers")).to_have_value("")
    expect(page.locator("#scan-result")).to_contain_text(f"{len(able)} done", timeout=60_000)
    assert page.evaluate("window.sameDocument")
    moved = "SELECT count(*) FROM shipments WHERE status = 'in_transit' AND tracking_number = ANY(%s)"
    until(page, partial(office.row, moved, able), (len(able),))
