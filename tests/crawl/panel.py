"""One panel from its home to every page that links lead to, each once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from tests.crawl.addresses import key_of, pages, template_of
from tests.crawl.probe import Findings, Probe
from tests.support.chromium import ARGUMENTS, CHROMIUM, sign_in


@dataclass(frozen=True, slots=True)
class Look:
    """How the browser is set: colours and size."""

    scheme: str
    width: int

    @property
    def label(self) -> str:
        """`dark phone`."""
        return f"{self.scheme} {'phone' if self.width < 600 else 'desktop'}"


LOOKS = (Look("light", 1280), Look("dark", 1280), Look("light", 390), Look("dark", 390))


def crawl(address: str, role: str, *, full: bool) -> Findings:
    """Visit every page of the panel once, and in the other looks one page a template, or with `full` all again."""
    total = Findings()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        seen: dict[str, str] = {}
        total.add(_all(browser, address, role, LOOKS[0], seen))
        again = seen if full else {template_of(key): visited for key, visited in reversed(seen.items())}
        for look in LOOKS[1:]:
            total.add(_these(browser, address, role, look, again.values()))
        browser.close()
    return total


def _probe(browser: Browser, address: str, role: str, look: Look) -> Probe:
    """A browser page that is signed in."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": look.width, "height": 900},
        color_scheme=look.scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, role)
    return Probe(page, f"{role}, {look.label}:")


def _all(browser: Browser, address: str, role: str, look: Look, seen: dict[str, str]) -> Findings:
    probe = _probe(browser, address, role, look)
    host = urlsplit(address).netloc
    waiting = deque([f"{address}/{role}/"])
    while waiting:
        here = waiting.popleft()
        if key_of(here) in seen:
            continue
        seen[key_of(here)] = here
        for there in pages(iter(probe.visit(here)), host, role):
            if key_of(there) not in seen:
                waiting.append(there)
    probe.page.context.close()
    return probe.findings


def _these(browser: Browser, address: str, role: str, look: Look, places: Iterable[str]) -> Findings:
    probe = _probe(browser, address, role, look)
    for place in places:
        probe.visit(place)
    probe.page.context.close()
    return probe.findings
