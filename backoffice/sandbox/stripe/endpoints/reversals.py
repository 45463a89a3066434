"""Reversals of transfers: never more than the transfer in all, and only what the account still has."""

from __future__ import annotations

from backoffice.sandbox.stripe import lists, shelf, transfers
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import StripeError, balance_insufficient, missing
from backoffice.sandbox.stripe.objects import Body


def create(call: Call) -> Body:
    """Take back a transfer, wholly when no amount is given. Raises `StripeError`: too much, `balance_insufficient`."""
    store, of = call.store, call.named("transfer")
    left = of["amount"] - of["amount_reversed"]
    amount = call.params.get("amount", left)
    if left == 0 or amount > left:
        raise StripeError(
            f"Reversal amount ({amount}) is greater than what is left of the transfer ({left}).", param="amount"
        )
    if shelf.available(store, of["destination"]).get(of["currency"], 0) < amount:
        raise balance_insufficient()
    body = {
        "id": store.new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": store.now(),
        "currency": of["currency"],
        "destination_payment_refund": None,
        "metadata": call.params.get("metadata", {}),
        "source_refund": None,
        "transfer": of["id"],
    }
    transfers.reverse(store, of, body)
    return body


def retrieve(call: Call) -> Body:
    """The reversal, by its transfer and its own id."""
    body = shelf.get(call.store, "transfer_reversal", call.ids[1])
    if body is None or body["transfer"] != call.ids[0]:
        raise missing("transfer_reversal", call.ids[1])
    return body


def listed(call: Call) -> Body:
    """The reversals of one transfer, newest first."""
    return lists.page(call, "transfer_reversal", {"transfer": call.named("transfer")["id"]})
