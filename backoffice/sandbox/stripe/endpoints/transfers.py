"""Transfers from the platform's available funds to a connected account."""

from __future__ import annotations

from backoffice.sandbox.stripe import lists, objects, shelf
from backoffice.sandbox.stripe.accounts import can_receive
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import StripeError, missing
from backoffice.sandbox.stripe.objects import Body


def create(call: Call) -> Body:
    """Move money. Raises `StripeError`: unknown or incapable destination, or `balance_insufficient`."""
    store, params = call.store, call.params
    amount, currency, destination = params["amount"], params["currency"].lower(), params["destination"]
    account = shelf.get(store, "account", destination)
    if account is None:
        raise missing("destination", destination, "destination", status=400)
    if not can_receive(account):
        raise StripeError(
            "Your destination account needs to have at least one of the following capabilities enabled: "
            "transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    if shelf.available(store, shelf.PLATFORM).get(currency, 0) < amount:
        raise StripeError(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your "
            "available balance.",
            code="balance_insufficient",
        )
    shelf.move(store, shelf.PLATFORM, currency, -amount)
    shelf.move(store, destination, currency, amount)
    body = objects.transfer(
        store.new_id("tr"),
        amount=amount,
        currency=currency,
        destination=destination,
        created=store.now(),
        txn=store.new_id("txn"),
        payment=store.new_id("py"),
    )
    body["metadata"] = params.get("metadata", {})
    body["description"] = params.get("description")
    body["transfer_group"] = params.get("transfer_group")
    shelf.put(store, body)
    call.log_effect("transfer.created", body)
    return body


def retrieve(call: Call) -> Body:
    """The transfer."""
    body = shelf.get(call.store, "transfer", call.ids[0])
    if body is None:
        raise missing("transfer", call.ids[0])
    return body


def listed(call: Call) -> Body:
    """Transfers, newest first, of one group or destination if asked for."""
    where = {name: call.params[name] for name in ("transfer_group", "destination") if name in call.params}
    return lists.page(call.path, shelf.find(call.store, "transfer", where), call.params)
