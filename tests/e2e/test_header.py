"""What hangs on the person in the header: theme, density, the bell, and the banner of who views as somebody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Office

pytestmark = pytest.mark.e2e
Enter = Callable[[str], Page]


def test_theme_and_density_change_at_once_and_stay(enter: Enter) -> None:
    page = enter("logistics")
    html = page.locator("html")
    page.locator(".topbar-tools button[data-bs-toggle]").last.click()
    with page.expect_response(re.compile("/appearance/")) as answered:
        page.get_by_role("button", name="Dark", exact=True).click()
    assert answered.value.status == 204
    expect(html).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_role("button", name="Dark", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Light", exact=True)).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Compact", exact=True).click()
    expect(html).to_have_attribute("data-density", "compact")
    page.reload()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    expect(html).to_have_attribute("data-density", "compact")


def test_the_bell_counts_and_forgets(office: Office, enter: Enter) -> None:
    office.tell("finance", "Something rang")
    page = enter("finance")
    count = page.locator("#bell-count")
    expect(count).to_contain_text("unread")
    page.get_by_role("button", name="Notifications").click()
    expect(page.locator("#bell")).to_contain_text("Something rang")
    page.get_by_role("button", name="Mark as read: Something rang").click()
    expect(page.locator("#bell")).not_to_contain_text("Something rang")
    everything = page.get_by_role("button", name="Mark all as read")
    if everything.count():
        everything.click()
    expect(page.locator("#bell")).to_contain_text("Nothing new.")
    expect(count).to_contain_text("none unread")


def test_an_admin_views_as_a_vendor_and_stops(office: Office, enter: Enter) -> None:
    """ACC-4."""
    [vendor] = office.row("SELECT id FROM users WHERE role = 'vendor' AND status = 'active' ORDER BY id LIMIT 1")
    page = enter("admin")
    page.goto(f"/admin/users/details/?id={vendor}")
    page.get_by_role("link", name="View as").click()
    page.get_by_label("Reason").fill("Ticket 7")
    page.get_by_label("30 minutes").check()
    page.get_by_role("button", name="View as").click()
    page.wait_for_url("**/vendor/")
    banner = page.get_by_role("region", name="Viewing as somebody else")
    expect(banner).to_contain_text("Nothing can be changed.")
    page.goto("/vendor/orders/")
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="Stop viewing").click()
    page.wait_for_url("**/admin/users/details/**")
    expect(banner).to_have_count(0)
