"""Where a person may be sent: only to a path of this application (I10)."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

_MAX_LENGTH = 2000


def local_path(target: str | None) -> str | None:
    """`target` when it is a path here: one leading slash, no second one, no backslash, no control character."""
    if not target or len(target) > _MAX_LENGTH or not target.isprintable():
        return None
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    # Browsers and proxies may decode the path before they look at it.
    decoded = unquote(target.partition("?")[0])
    if decoded.startswith("//") or "\\" in decoded or not decoded.isprintable():
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else target
