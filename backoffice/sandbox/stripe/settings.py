"""How fast the sandbox is: what a demo shortens and a test switches on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backoffice.sandbox.stripe.errors import ValidationError
from backoffice.sandbox.stripe.store import Store

#: Seconds until a payment's funds are available; seconds from a payout to the bank; requests per second and endpoint
#: before a 429, where 0 means that nothing is counted.
DEFAULTS: Final[Mapping[str, int]] = {"charge_seconds": 2 * 86_400, "payout_seconds": 2 * 86_400, "rate_limit": 0}


def charge_seconds(store: Store) -> int:
    """How long a payment's funds are pending."""
    return _read(store, "charge_seconds")


def payout_seconds(store: Store) -> int:
    """How long a payout takes."""
    return _read(store, "payout_seconds")


def rate_limit(store: Store) -> int:
    """Requests per second that an endpoint takes; 0 for any number."""
    return _read(store, "rate_limit")


def change(store: Store, given: Mapping[str, Any]) -> dict[str, int]:
    """Set some; returns all. Raises `ValidationError`."""
    for name, value in given.items():
        if name not in DEFAULTS or type(value) is not int or value < 0:
            raise ValidationError(f"No such setting: {name} = {value!r}", param=name)
        store.remember(name, str(value))
    return {name: _read(store, name) for name in DEFAULTS}


def _read(store: Store, name: str) -> int:
    """One setting."""
    return int(store.setting(name, str(DEFAULTS[name])))
