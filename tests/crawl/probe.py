"""What is looked at on each page: accessibility, policy, console, answers of the server, and ids that come twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.crawl import states

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
#: WCAG 2.0 to 2.2, levels A and AA, and what the makers of axe hold to be good practice.
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
#: About all of the page, about what a selector finds, or about the elements of some kinds (elements.js).
_RUN = """([parts, left, rules]) => {
  const all = (css) => css ? [...document.querySelectorAll(css)] : [];
  const these = (names) => names.map((name) => window.__kinds.get(name)).filter((one) => one.isConnected);
  const include = Array.isArray(parts) ? these(parts) : all(parts);
  return axe.run({ include: include.length ? include : [document], exclude: all(left) }, rules);
}"""
#: What is open on a page.
_OPEN = (
    "dialog[open], .dropdown-menu.show, .offcanvas.show, .collapse.show, #list-panel, main details[open], "
    ".dropdown-active"
)
#: The rows of a table are made by one template; the frame is the same on all pages.
_LATER_ROWS = "tbody tr:nth-child(n+6)"
_FRAME = "aside, .topbar-tools"
_TWICE = "[...document.querySelectorAll('[id]')].map(one => one.id).filter((id, at, all) => all.indexOf(id) !== at)"
_HERE = Path(__file__).parent
_ELEMENTS = (_HERE / "elements.js").read_text(encoding="utf-8")
_LINKS = (_HERE / "links.js").read_text(encoding="utf-8")
KINDS = ("axe violations", "CSP reports", "console errors", "responses >= 500", "duplicate ids")


@dataclass(slots=True)
class Findings:
    """What was found wrong, by kind; each with the page it is on."""

    pages: int = 0
    states: int = 0
    asked: int = 0
    found: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def add(self, other: Findings) -> None:
        """Take in the findings of another part."""
        self.pages += other.pages
        self.states += other.states
        self.asked += other.asked
        for kind, lines in other.found.items():
            self.found[kind].extend(lines)


class Probe:
    """One browser page that visits addresses, and what it finds.

    `full` asks axe about all of each page. Otherwise axe is asked about all of a page whose headings and parts no page
    before had, of other pages about the kinds of elements that no page before had; about the frame on the first page
    only, and of long tables about the first rows.
    """

    def __init__(self, page: Page, label: str, *, full: bool) -> None:
        self.page = page
        self.label = label
        self.full = full
        self.findings = Findings()
        self._opened: set[str] = set()
        self._shapes: set[str] = set()
        self._kinds: set[str] = set()
        self._said: list[str] = []
        self._broken: list[str] = []
        page.add_init_script(path=_HERE / "listen.js")
        page.on("console", lambda told: self._said.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self._said.append(str(error)))
        page.on("response", lambda answer: self._broken.append(answer.url) if answer.status >= 500 else None)

    def visit(self, address: str) -> list[str]:
        """Look at one page and at what opens on it; gives the addresses that it leads to."""
        self.page.goto(address)
        self._settle()
        self._look(address, self._new())
        links: list[str] = self.page.evaluate(_LINKS)
        for state in states.of(self.page, self._opened):
            state.open()
            self._settle()
            self.findings.states += 1
            self._look(f"{address} [{state.label}]", _OPEN)
            self.page.goto(address)
            self._settle()
        return links

    def _settle(self) -> None:
        self.page.wait_for_function("() => !document.querySelector('.htmx-request')")

    def _new(self) -> list[str] | str | None:
        """What axe is to be asked about: everything (an empty selector), the elements of new kinds, or nothing."""
        shape, found = self.page.evaluate(_ELEMENTS)
        new = [kind for kind in found if kind not in self._kinds]
        whole = self.full or shape not in self._shapes
        self._shapes.add(shape)
        self._kinds.update(new)
        return "" if whole else new or None

    def _look(self, where: str, parts: list[str] | str | None) -> None:
        """Look at the page as it is now, and let axe look at these parts of it."""
        violations = [] if parts is None else self._axe(parts)
        self.findings.pages += 1
        told = {
            KINDS[0]: [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations],
            KINDS[1]: self.page.evaluate("window.__reports"),
            KINDS[2]: self._said,
            KINDS[3]: self._broken,
            KINDS[4]: self.page.evaluate(_TWICE),
        }
        for kind, lines in told.items():
            self.findings.found[kind].extend(f"{self.label} {where}: {line}" for line in lines)
        self._said.clear()
        self._broken.clear()
        self.page.evaluate("window.__reports = []")

    def _axe(self, parts: list[str] | str) -> list[dict[str, Any]]:
        self.findings.asked += 1
        self.page.evaluate(AXE)
        found: list[dict[str, Any]] = self.page.evaluate(_RUN, [parts, self._left_out(), _RULES])["violations"]
        return found

    def _left_out(self) -> str:
        """Which elements are not looked at again."""
        return "" if self.full else _LATER_ROWS if not self.findings.pages else f"{_LATER_ROWS}, {_FRAME}"
