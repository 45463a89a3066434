"""One panel from its home to every page that links lead to, each once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

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


@dataclass(slots=True)
class Panel:
    """A panel that was walked through: what was found, and the address of each page by its key."""

    role: str
    findings: Findings
    seen: dict[str, str] = field(default_factory=dict)


def walk(address: str, role: str, *, full: bool) -> Panel:
    """Every page that links lead to from the panel's home, in the first look."""
    with _probe(address, role, LOOKS[0], full=full) as probe:
        panel = Panel(role, probe.findings)
        host = urlsplit(address).netloc
        waiting = deque([f"{address}/{role}/"])
        while waiting:
            here = waiting.popleft()
            if key_of(here) in panel.seen:
                continue
            panel.seen[key_of(here)] = here
            for there in pages(iter(probe.visit(here)), host, role):
                if key_of(there) not in panel.seen:
                    waiting.append(there)
    return panel


def again(address: str, role: str, look: Look, places: Sequence[str], *, full: bool) -> Findings:
    """These pages in another look."""
    with _probe(address, role, look, full=full) as probe:
        for place in places:
            probe.visit(place)
    return probe.findings


def one_a_template(panels: Sequence[Panel]) -> dict[str, list[str]]:
    """The pages of each role that show every template once; roles whose pages others have have fewer."""
    found: dict[str, list[str]] = {}
    known: set[str] = set()
    for panel in panels:
        for key, place in panel.seen.items():
            if template_of(key) not in known:
                known.add(template_of(key))
                found.setdefault(panel.role, []).append(place)
    return found


@contextmanager
def _probe(address: str, role: str, look: Look, *, full: bool) -> Iterator[Probe]:
    """A browser page that is signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(
            base_url=address,
            viewport={"width": look.width, "height": 900},
            color_scheme=look.scheme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        sign_in(page, role)
        yield Probe(page, f"{role}, {look.label}:", full=full)
        browser.close()
