"""What opens on a page without leaving it: menus, dialogs, side panels, folded parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

#: What is opened by a click.
_OPENERS = (
    "[data-bs-toggle=dropdown], [data-bs-toggle=collapse], a[hx-target='#list-panel'], "
    "main details:not([open]) > summary, main .ts-control, button[data-create], "
    "main .action-bar [hx-target='#sheet-body']"
)
#: What is opened by keys, and where.
_KEYS = (
    ("palette", "body", ("Control+k",)),
    ("keys", "body", ("?",)),
    ("quick look", "[data-peek] tbody tr", ("j", "Space")),
    ("change in place", "[data-cell] tbody tr", ("j", "e")),
)
#: What stands on each opener, without numbers.
_LABEL = "all => all.map(one => (one.ariaLabel || one.textContent).replace(/[\\d\\s]+/g, ' ').trim() || 'picker')"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One thing that opens: by keys, or by a click on `place`."""

    label: str
    page: Page
    place: Locator | None = None
    keys: tuple[str, ...] = ()

    def open(self) -> None:
        """Open it, as a person would."""
        if self.place is not None:
            self.place.click()
        for key in self.keys:
            self.page.keyboard.press(key)


def of(page: Page, opened: set[str]) -> Iterator[State]:
    """What opens on the page and was not opened yet, each on the page as it was loaded.

    What was opened is noted in `opened`, by what it is called.
    """
    for label, where, keys in _KEYS:
        if label not in opened and page.locator(where).count():
            opened.add(label)
            yield State(label=label, page=page, keys=keys)
    openers = page.locator(_OPENERS).filter(visible=True)
    for at, label in enumerate(openers.evaluate_all(_LABEL)):
        if label not in opened:
            opened.add(label)
            yield State(label=label, page=page, place=openers.nth(at))
