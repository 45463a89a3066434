"""What every request has: an id, a CSP nonce, and an address that only trusted proxies can name."""

from __future__ import annotations

import re
import secrets
import uuid

from flask import Flask, g, request

from backoffice import logs

HEADER = "X-Request-Id"
#: Bytes of a request by endpoint, for the pages that take more than others (`MAX_CONTENT_LENGTH`).
LARGER: dict[str, int] = {}
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def begin() -> None:
    """Take the request id of a proxy when it looks like one, else make one; log lines carry it from here on.

    A page that takes photographs may be sent more than the others.
    """
    offered = request.headers.get(HEADER, "")
    g.request_id = offered if _ACCEPTED.fullmatch(offered) else uuid.uuid4().hex
    logs.request_id.set(g.request_id)
    # Before anything reads the form, or its size would be judged by the smaller limit.
    if request.endpoint in LARGER:
        request.max_content_length = LARGER[request.endpoint]


def request_id() -> str:
    """The id of this request."""
    if "request_id" not in g:
        begin()
    return str(g.request_id)


def nonce() -> str:
    """The nonce of the scripts in this answer, new each time (I6)."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def wants_json() -> bool:
    """Whether the caller reads JSON rather than a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json" or request.is_json


def commit_refusal() -> None:
    """Keep what this request wrote although it answers with an error, such as the count of failed sign-ins."""
    g.commit_refusal = True


def keeps_refusal() -> bool:
    """Whether `commit_refusal` was called in this request."""
    return bool(g.get("commit_refusal"))


def init_app(app: Flask) -> None:
    """Start every request with its id."""
    app.before_request(begin)
