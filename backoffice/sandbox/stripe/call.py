"""One checked request on its way through an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.errors import missing
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The store, the ids in the address, the checked parameters, and the account it is made for."""

    store: Store
    path: str
    ids: tuple[str, ...]
    params: Mapping[str, Any]
    account: str = shelf.PLATFORM

    def named(self, kind: str, param: str = "id") -> Body:
        """The object of the address, if it is the account's. Raises Stripe's 404."""
        body = shelf.get(self.store, kind, self.ids[0], self.account)
        if body is None:
            raise missing(kind, self.ids[0], param)
        return body
