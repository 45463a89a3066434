"""Buttons stay readable under the pointer; the crawl points at nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.crawl.probe import AXE
from tests.e2e.conftest import Office

pytestmark = pytest.mark.e2e
Enter = Callable[..., Page]
#: What axe says of the contrast of one element.
_CONTRAST = """async (button) => {
  const told = await axe.run(button, { runOnly: ["color-contrast"] });
  return told.violations.flatMap((one) => one.nodes.map((node) => node.failureSummary));
}"""
#: One button of each look.
_ONE_A_LOOK = """() => {
  const looks = new Map();
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.innerText.trim();
  for (const one of [...document.querySelectorAll("main .btn")].filter(seen)) looks.set(one.className, one);
  window.__looks = [...looks.values()];
  return window.__looks.length;
}"""


def pale(page: Page, scheme: str, place: str) -> list[str]:
    """What is too pale of the buttons of a page, one after the other under the pointer."""
    found = []
    for at in range(page.evaluate(_ONE_A_LOOK)):
        button = page.evaluate_handle(f"window.__looks[{at}]").as_element()
        assert button is not None
        button.hover()
        told = page.evaluate(_CONTRAST, button)
        found += [f"{place}, {scheme}, {button.get_attribute('class')}: {line}" for line in told]
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_are_readable_under_the_pointer(enter: Enter, office: Office, scheme: str) -> None:
    """WCAG 1.4.3, on pages that have every kind of button."""
    (dispute,) = office.row("SELECT id FROM disputes WHERE status = 'open' ORDER BY id LIMIT 1")
    page = enter("admin")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.add_init_script(AXE)
    found, looks = [], 0
    for place in ("products/", f"disputes/details/?id={dispute}", "review/products/", "profile/"):
        page.goto(f"/admin/{place}")
        if place == "products/":
            page.locator("tbody input[name=rowid]").first.check()
        page.wait_for_timeout(400)
        found += pale(page, scheme, place)
        looks += page.evaluate("window.__looks.length")
    assert found == []
    assert looks > 10
