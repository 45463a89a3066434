"""Every action there is, by key. Adding one is one declaration in the noun's module and its name in `_MODULES`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from backoffice.acting import Acting
from backoffice.actions.base import Action
from backoffice.errors import NotFoundError
from models.base import Base

_MODULES = (
    "assemble",
    "by_hand",
    "change_requests",
    "chargebacks",
    "commission",
    "disputes",
    "invoices",
    "ledger",
    "mails",
    "orders",
    "parcels",
    "payouts",
    "plans",
    "products",
    "recon_items",
    "refunds",
    "returns",
    "reviews",
    "shipments",
    "subscriptions",
    "take_back",
    "users",
    "vendor_requirements",
    "vendors",
    "webhook_events",
)


@cache
def registry() -> dict[str, Action]:
    """All actions by key; each noun's module lists its own in `ACTIONS`."""
    found: dict[str, Action] = {}
    for name in _MODULES:
        for action in import_module(f"backoffice.actions.{name}").ACTIONS:
            if action.key in found:
                raise RuntimeError(f"two actions are called {action.key}")
            found[action.key] = action
    return found


def get(key: str) -> Action:
    """The action called `key`. Raises `NotFoundError`."""
    try:
        return registry()[key]
    except KeyError:
        raise NotFoundError(f"There is no action called {key!r}.") from None


def for_entity(entity: type[Base], acting: Acting) -> Iterator[Action]:
    """The actions on `entity` that this person may use, in order of declaration."""
    return (action for action in registry().values() if action.entity is entity and acting.may(action.permission))
