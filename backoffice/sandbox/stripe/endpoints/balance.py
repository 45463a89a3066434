"""The balance of the platform, or of the connected account that the call is made for."""

from __future__ import annotations

from backoffice.sandbox.stripe import objects, shelf
from backoffice.sandbox.stripe.call import Call


def retrieve(call: Call) -> objects.Body:
    """Funds by currency, in the smallest unit."""
    return objects.balance(shelf.available(call.store, call.account))
