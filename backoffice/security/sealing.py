"""Values that a page carries and gives back: everybody may read them, nobody can make or change one."""

from __future__ import annotations

from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer


def seal(purpose: str, value: Any) -> str:
    """`value`, which JSON can hold, as text for a page. A seal for one purpose opens for no other."""
    return str(_serializer(purpose).dumps(value))


def unseal(purpose: str, text: str | None) -> Any:
    """What was sealed for `purpose`; None for what this application did not seal, or with a key it has given up."""
    try:
        return _serializer(purpose).loads(text or "")
    except BadData:
        return None


def _serializer(purpose: str) -> URLSafeSerializer:
    # The last key signs, the ones before it still open.
    keys = [*current_app.config.get("SECRET_KEY_FALLBACKS", ()), current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt=f"backoffice.{purpose}")
