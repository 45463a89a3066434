"""Scripts, styles and icons: served under an address that changes with their content, compressed, kept for good."""

from __future__ import annotations

import functools
import gzip
import hashlib
from pathlib import Path

from flask import Flask, Response, request

FOLDER = Path(__file__).parents[1] / "static"
#: What gains from compression; images and fonts are compressed already.
_TEXT = frozenset({".css", ".js", ".svg"})


@functools.cache
def path() -> str:
    """Where the files are: `/static/` and a digest of all of them, so that an address never changes its content."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(FOLDER)).encode() + b"\0" + file.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def init_app(app: Flask) -> None:
    """Give templates `asset(name)`, the address of a file; also on pages for hosts that are not ours."""
    app.jinja_env.globals["asset"] = lambda name: f"{request.script_root}{path()}/{name}"


def compressed(response: Response, filename: str) -> Response:
    """The file's answer with a compressed body, for browsers that take one."""
    if response.status_code != 200 or Path(filename).suffix not in _TEXT:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        return response
    # The plain file, which nobody will read.
    response.close()
    response.direct_passthrough = False
    response.set_data(_packed(filename))
    response.headers["Content-Encoding"] = "gzip"
    # The tag of the plain file is not the tag of this body.
    response.headers.pop("ETag", None)
    return response


@functools.cache
def _packed(filename: str) -> bytes:
    return gzip.compress((FOLDER / filename).read_bytes(), mtime=0)
