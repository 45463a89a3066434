"""The balance of the platform or of the connected account that the call is made for, and its history."""

from __future__ import annotations

from backoffice.sandbox.stripe import lists, objects, shelf
from backoffice.sandbox.stripe.call import Call


def retrieve(call: Call) -> objects.Body:
    """Funds by currency, in the smallest unit."""
    return objects.balance(shelf.available(call.store, call.account), shelf.pending(call.store, call.account))


def transaction(call: Call) -> objects.Body:
    """One booking."""
    return call.named("balance_transaction")


def transactions(call: Call) -> objects.Body:
    """Bookings, newest first; of a source or type if asked for, or of a payout (which here is its own booking)."""
    where = lists.chosen(call, "currency", "source", "type")
    if "payout" in call.params:
        where["source"] = call.params["payout"]
    return lists.page(call, "balance_transaction", where)
