"""Which addresses are pages of their own, and which template shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

#: Parameters that make a page another page; the rest choose rows, or where one is in them.
_TELLING = frozenset({"tab", "panel", "name"})
#: What is no page: files, and parts that other pages ask for.
_NO_PAGES = re.compile(
    r"/(export|download|table|items|ajax|static|sign-out|healthz|statement|packing|label|content)(/|\.|$)|\.pdf|\.csv"
)


def key_of(address: str) -> str:
    """The same for all addresses of one page: its path, the names of its parameters, and what tells tabs apart."""
    parts = urlsplit(address)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    names = {f"{name}={value}" if name in _TELLING else name for name, value in pairs if name in {"id", *_TELLING}}
    return f"{parts.path}?{'&'.join(sorted(names))}"


def template_of(key: str) -> str:
    """What shows the page: a list, a record, an action, whatever the noun."""
    path, _, names = key.partition("?")
    steps = [step for step in path.split("/") if step]
    if "act" in steps:
        return "action"
    shape = "/".join(steps[2:]) or ("home" if len(steps) == 1 else "list")
    special = steps[1] if len(steps) > 1 and steps[1] in {"operations", "workbench", "profile", "payouts"} else ""
    return f"{special} {shape} {'tab' if 'tab=' in names else ''}".strip()


def pages(found: Iterator[str], host: str, panel: str) -> Iterator[str]:
    """Those of the links that lead to pages of the panel."""
    for address in found:
        parts = urlsplit(address)
        if parts.netloc == host and parts.path.startswith(f"/{panel}/") and not _NO_PAGES.search(parts.path):
            yield parts._replace(fragment="").geturl()
