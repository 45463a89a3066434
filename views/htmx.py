"""How pages ask for parts of themselves, and what they are told beside the answer (htmx reference, headers)."""

from __future__ import annotations

from typing import Final

from flask import request

#: The answer is a page whose content takes the place of the one that is shown.
WHOLE: Final = {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML show:none"}


def asks() -> bool:
    """Whether an open page asks, and not the address bar."""
    return "HX-Request" in request.headers


def asks_for(part: str) -> bool:
    """Whether an open page asks for what is to be put into the element with the id `part`."""
    return request.headers.get("HX-Target") == part
