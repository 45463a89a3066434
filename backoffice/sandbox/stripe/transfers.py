"""The two sides of a transfer and of its reversal: the platform's booking, and the account's payment or refund."""

from __future__ import annotations

from backoffice.sandbox.stripe import balance_transactions, events, objects, shelf
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store


def book(store: Store, body: Body, *, available_on: int | None) -> None:
    """Take the money from the platform and give it to the account, both available at the same time."""
    currency, amount, destination = body["currency"], body["amount"], body["destination"]
    out = balance_transactions.post(
        store,
        shelf.PLATFORM,
        kind="transfer",
        amount=-amount,
        currency=currency,
        source=body["id"],
        available_on=available_on,
    )
    body["balance_transaction"] = out["id"]
    payment_id = body["destination_payment"]
    into = balance_transactions.post(
        store,
        destination,
        kind="payment",
        amount=amount,
        currency=currency,
        source=payment_id,
        available_on=available_on,
    )
    payment = objects.charge(
        payment_id, None, amount=amount, currency=currency, created=body["created"], txn=into["id"]
    )
    payment["source_transfer"] = body["id"]
    shelf.put(store, payment, destination)
    shelf.put(store, body)


def reverse(store: Store, of: Body, reversal: Body) -> None:
    """Take the money back from the account; the transfer knows how much has come back."""
    amount, currency, destination = reversal["amount"], reversal["currency"], of["destination"]
    back = balance_transactions.post(
        store, shelf.PLATFORM, kind="transfer_refund", amount=amount, currency=currency, source=reversal["id"]
    )
    reversal["balance_transaction"] = back["id"]
    payment, _ = shelf.existing(store, of["destination_payment"])
    refund = objects.refund(store.new_id("pyr"), payment, amount=amount, created=reversal["created"])
    refund["source_transfer_reversal"] = reversal["id"]
    taken = balance_transactions.post(
        store, destination, kind="payment_refund", amount=-amount, currency=currency, source=refund["id"]
    )
    refund["balance_transaction"] = taken["id"]
    reversal["destination_payment_refund"] = refund["id"]
    shelf.put(store, refund, destination)
    shelf.put(store, reversal)
    before = of["amount_reversed"]
    of["amount_reversed"] = before + amount
    of["reversed"] = of["amount_reversed"] == of["amount"]
    newest = shelf.find(store, "transfer_reversal", {"transfer": of["id"]})
    of["reversals"] |= {"data": newest[:10], "has_more": len(newest) > 10}
    shelf.put(store, of)
    events.log_effect(store, "transfer_reversal.created", reversal)
    events.happened(store, "transfer.reversed", of, previous={"amount_reversed": before})
