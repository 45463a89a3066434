"""What a browser fetches with a page that it has never seen: styles, scripts, what scripts import, the icons."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient

_IN_PAGE = re.compile(r'<(?:link|script|img|use)\b[^>]*?\b(?:href|src)="([^"#]+)')
_IN_SCRIPT = re.compile(r'(?:from|import)\s*\(?"(\.[^"]+)"')
_IN_STYLE = re.compile(r'url\(["\']?(?!data:)([^"\')]+)')


def first_visit(client: FlaskClient, path: str) -> dict[str, int]:
    """The bytes of each file that comes with the page at `path`, as sent to a browser that takes gzip."""
    waiting = [urljoin(path, one) for one in _IN_PAGE.findall(client.get(path).text)]
    found: dict[str, int] = {}
    while waiting:
        address = urlsplit(waiting.pop()).path
        if address in found:
            continue
        with client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True) as answer:
            assert answer.status_code == 200, address
            assert "immutable" in answer.headers["Cache-Control"], address
            found[address] = len(answer.data)
        with client.get(address, buffered=True) as answer:
            names = {"text/javascript": _IN_SCRIPT, "text/css": _IN_STYLE}.get(answer.mimetype)
            if names is not None:
                waiting += [urljoin(address, one) for one in names.findall(answer.text)]
    return found
