"""Headers of every answer (I6, I11)."""

from __future__ import annotations

from flask import Flask, Response, request

from backoffice.config import Config
from backoffice.security import requests

#: Files that are the same for everybody; everything else is kept out of caches.
_STATIC_ENDPOINT = "static"
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: over https the CSRF check compares the referrer with this host.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_ONE_YEAR = 365 * 24 * 3600
#: The address of a file changes with its content.
_FOR_GOOD = f"public, max-age={_ONE_YEAR}, immutable"


def init_app(app: Flask, config: Config) -> None:
    """Add the headers to every answer of `app`, error pages included."""

    def add(response: Response) -> Response:
        response.headers.update(_FIXED)
        response.headers["Content-Security-Policy"] = policy(requests.nonce())
        response.headers[requests.HEADER] = requests.request_id()
        if config.secure_cookies:
            response.headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}"
        kept = is_static(request.endpoint) and response.status_code == 200
        response.headers["Cache-Control"] = _FOR_GOOD if kept else "no-store"
        return response

    app.after_request(add)
    app.jinja_env.globals["csp_nonce"] = requests.nonce


def policy(nonce: str) -> str:
    """The Content-Security-Policy: scripts of ours or with this answer's nonce; nothing inline, styles neither."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            # Pictures of products are addresses elsewhere; `same-origin` tells those servers nothing of ours.
            "img-src 'self' data: https:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def is_static(endpoint: str | None) -> bool:
    """Whether the endpoint serves files that hold nothing about anybody."""
    return endpoint is not None and endpoint.rpartition(".")[2] == _STATIC_ENDPOINT
