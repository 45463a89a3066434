"""One checked request on its way through an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.store import Store

_FACTS: Final = (
    "id",
    "amount",
    "currency",
    "status",
    "charge",
    "payment_intent",
    "destination",
    "transfer_group",
    "metadata",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The store, the ids in the address, the checked parameters, and who asks."""

    store: Store
    path: str
    ids: tuple[str, ...]
    params: Mapping[str, Any]
    key: str | None
    request_id: str
    account: str = shelf.PLATFORM

    def log_effect(self, kind: str, body: Mapping[str, Any]) -> None:
        """Write what was done to the log of effects, which is the oracle of the crash tests."""
        facts = {name: body[name] for name in _FACTS if name in body}
        where = {"time": self.store.now(), "key": self.key, "request_id": self.request_id}
        self.store.append("effects", {"effect": kind, **facts, **where})
