"""What is photographed: who is signed in, where, and what is done there first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

#: Time for parts that come after the page.
_SETTLE = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture. `reach` goes from the page at `path` to what is shown."""

    name: str
    title: str
    role: str
    path: str
    reach: Callable[[Page], None] | None = None
    scheme: str = "light"
    width: int = 1200


def _open_first(page: Page) -> None:
    page.locator("tbody a[href^='details/']").first.click()


def _history(page: Page) -> None:
    _open_first(page)
    page.locator(".tabs").get_by_role("link", name="History", exact=True).click()


def _money(page: Page) -> None:
    _open_first(page)
    page.locator(".tabs").get_by_role("link", name="Money", exact=True).click()


def _talk(page: Page) -> None:
    _open_first(page)
    page.locator(".tabs").get_by_role("link", name="Conversation", exact=True).click()


def _scorecard(page: Page) -> None:
    _open_first(page)
    page.locator(".tabs").get_by_role("link", name="Scorecard", exact=True).click()


def _scan(page: Page) -> None:
    found = page.locator("tbody tr").all_inner_texts()
    numbers = [word for line in found for word in line.split() if word.isalnum() and sum(map(str.isdigit, word)) > 7]
    page.goto("/logistics/scan/")
    page.locator("#numbers").fill("\n".join([*numbers[:6], "1Z999AA10123456784"]))
    page.get_by_role("button", name="Check").click()


def _search(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.wait_for_timeout(300)
    page.keyboard.type("lmap")


def _builder(page: Page) -> None:
    page.get_by_role("link", name="Filters").first.click()


def _approve(page: Page) -> None:
    boxes = page.locator("tbody input[name=rowid]")
    for place in range(5):
        boxes.nth(place).check()
    page.get_by_role("button", name="Approve", exact=True).click()


def _look(page: Page) -> None:
    page.locator("tbody tr").nth(2).focus()
    page.keyboard.press("p")


def _act(page: Page) -> None:
    _open_first(page)
    page.wait_for_timeout(_SETTLE)
    page.locator(".action-bar button").first.click()


VERIFYING = "/admin/vendor_profiles/?f_verification_status=under_review"
PENDING = "/admin/products/?f_status=pending"
SHOTS = (
    Shot(name="admin-home", title="Home of an admin", role="admin", path="/admin/"),
    Shot(name="products", title="Products to review", role="admin", path=PENDING),
    Shot(name="filters", title="Building a filter", role="admin", path=PENDING, reach=_builder),
    Shot(name="peek", title="A quick look", role="admin", path=PENDING, reach=_look),
    Shot(name="approve", title="Dry run of an action", role="admin", path=PENDING, reach=_approve),
    Shot(name="palette", title="Search everywhere", role="admin", path="/admin/products/", reach=_search),
    Shot(name="order", title="An order", role="admin", path="/admin/orders/?f_status=delivered", reach=_open_first),
    Shot(
        name="order-money", title="Its money", role="finance", path="/finance/orders/?f_status=delivered", reach=_money
    ),
    Shot(name="history", title="What happened", role="admin", path="/admin/orders/?f_status=delivered", reach=_history),
    Shot(name="review", title="Review mode", role="admin", path="/admin/review/products/"),
    Shot(name="dispute", title="A dispute", role="admin", path="/admin/disputes/?f_status=in_review", reach=_talk),
    Shot(name="vendor", title="A vendor to verify", role="admin", path=VERIFYING, reach=_open_first),
    Shot(
        name="scorecard",
        title="How a vendor does",
        role="admin",
        path="/admin/vendor_profiles/?f_verification_status=approved",
        reach=_scorecard,
    ),
    Shot(name="figures", title="Figures", role="admin", path="/admin/figures/"),
    Shot(name="reports", title="Reports", role="finance", path="/finance/own_reports/"),
    Shot(name="workbench", title="Payout workbench", role="finance", path="/finance/workbench/"),
    Shot(
        name="refund",
        title="A refund to approve",
        role="finance",
        path="/finance/refunds/?f_status=requested",
        reach=_act,
    ),
    Shot(name="board", title="The board", role="logistics", path="/logistics/board/"),
    Shot(name="shipments", title="Shipments", role="logistics", path="/logistics/shipments/"),
    Shot(name="shipment", title="A shipment", role="logistics", path="/logistics/shipments/", reach=_open_first),
    Shot(name="scan", title="Scanning parcels", role="logistics", path="/logistics/shipments/", reach=_scan),
    Shot(name="vendor-home", title="Home of a vendor", role="vendor", path="/vendor/"),
    Shot(name="vendor-products", title="A vendor's products", role="vendor", path="/vendor/products/"),
    Shot(name="vendor-checklist", title="What a vendor hands in", role="vendor", path="/vendor/vendor_requirements/"),
    Shot(name="dark-review", title="Review mode, dark", role="admin", path="/admin/review/changes/", scheme="dark"),
    Shot(name="profile", title="Profile", role="vendor", path="/vendor/profile/"),
    Shot(name="dark", title="Dark", role="finance", path="/finance/payouts/", scheme="dark"),
    Shot(name="phone", title="On a telephone", role="logistics", path="/logistics/shipments/", width=390),
)


def take(page: Page, shot: Shot, file: str) -> None:
    """Write the picture to `file`."""
    page.goto(shot.path)
    page.wait_for_timeout(_SETTLE)
    if shot.reach is not None:
        shot.reach(page)
        page.wait_for_timeout(_SETTLE)
    page.screenshot(path=file, type="jpeg", quality=72)
