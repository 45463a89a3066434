"""Transfers from the platform to a connected account, out of available funds or out of one charge."""

from __future__ import annotations

from typing import Any

from backoffice.sandbox.stripe import balance_transactions, events, lists, objects, shelf, transfers
from backoffice.sandbox.stripe.accounts import can_receive
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import StripeError, balance_insufficient, currency_code, missing
from backoffice.sandbox.stripe.objects import Body


def create(call: Call) -> Body:
    """Move money. Raises `StripeError`: unknown or incapable destination, or `balance_insufficient`.

    With `source_transaction` the money of that charge is moved, whether available yet or not.
    """
    store, params = call.store, call.params
    amount, currency, destination = params["amount"], currency_code(params["currency"]), params["destination"]
    account = shelf.get(store, "account", destination)
    if account is None:
        raise missing("destination", destination, "destination", status=400)
    if not can_receive(account):
        raise StripeError(
            "Your destination account needs to have at least one of the following capabilities enabled: "
            "transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    source = _source(call, amount, currency)
    if source is None and shelf.available(store, shelf.PLATFORM).get(currency, 0) < amount:
        raise balance_insufficient()
    body = objects.transfer(
        store.new_id("tr"),
        amount=amount,
        currency=currency,
        destination=destination,
        created=store.now(),
        payment=store.new_id("py"),
    )
    body["metadata"] = params.get("metadata", {})
    body["description"] = params.get("description")
    body["transfer_group"] = params.get("transfer_group") or (source or {}).get("transfer_group")
    body["source_transaction"] = source["id"] if source else None
    at = balance_transactions.available_on(store, source["balance_transaction"]) if source else None
    transfers.book(store, body, available_on=at)
    events.happened(store, "transfer.created", body)
    return body


def retrieve(call: Call) -> Body:
    """The transfer."""
    return call.named("transfer")


def listed(call: Call) -> Body:
    """Transfers, newest first, of one group or destination if asked for."""
    return lists.page(call, "transfer", lists.chosen(call, "transfer_group", "destination"))


def _source(call: Call, amount: int, currency: str) -> dict[str, Any] | None:
    """The charge whose money is moved; all its transfers together stay within it."""
    charge_id = call.params.get("source_transaction")
    if charge_id is None:
        return None
    charge = shelf.get(call.store, "charge", charge_id)
    if charge is None or not charge["paid"]:
        raise missing("charge", charge_id, "source_transaction", status=400)
    moved = shelf.find(call.store, "transfer", {"source_transaction": charge_id})
    left = charge["amount_captured"] - sum(one["amount"] for one in moved)
    if currency != charge["currency"] or amount > left:
        raise StripeError(
            f"The transfer amount exceeds what is left of the source transaction ({left} {charge['currency']}).",
            param="amount",
        )
    return charge
