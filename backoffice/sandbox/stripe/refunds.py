"""How a refund ends: paid at once, paid later, or failed after it seemed paid."""

from __future__ import annotations

from typing import Final

from backoffice.sandbox.stripe import balance_transactions, events, shelf
from backoffice.sandbox.stripe.errors import StripeError
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store

FAILED: Final = "expired_or_canceled_card"


def take(store: Store, body: Body) -> None:
    """Take a refund's money from the platform."""
    txn = balance_transactions.post(
        store, shelf.PLATFORM, kind="refund", amount=-body["amount"], currency=body["currency"], source=body["id"]
    )
    body["balance_transaction"] = txn["id"]


def give_back(store: Store, body: Body, reason: str) -> None:
    """The bank did not take it: the money, if it had left, is the platform's again."""
    body |= {"failure_reason": reason, "pending_reason": None, "status": "failed"}
    if body["balance_transaction"] is not None:
        txn = balance_transactions.post(
            store,
            shelf.PLATFORM,
            kind="refund_failure",
            amount=body["amount"],
            currency=body["currency"],
            source=body["id"],
        )
        body["failure_balance_transaction"] = txn["id"]


def count(store: Store, charge_id: str, amount: int) -> Body:
    """Add to what was given back of a charge (negative when it came back)."""
    charge, _ = shelf.existing(store, charge_id)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    shelf.put(store, charge)
    return charge


def decide(store: Store, body: Body, status: str, reason: str) -> Body:
    """Let a pending refund succeed, or a pending or succeeded one fail. Raises `StripeError` for any other step."""
    before = body["status"]
    if (before, status) == ("pending", "succeeded"):
        if body["balance_transaction"] is None:
            take(store, body)
        body |= {"pending_reason": None, "status": "succeeded"}
    elif before in {"pending", "succeeded"} and status == "failed":
        give_back(store, body, reason)
        count(store, body["charge"], -body["amount"])
    else:
        raise StripeError(f"A refund that is {before} cannot become {status}.")
    shelf.put(store, body)
    previous = {"status": before}
    events.happened(store, "refund.updated", body, previous=previous)
    events.happened(store, "charge.refund.updated", body, previous=previous)
    if status == "failed":
        events.happened(store, "refund.failed", body)
    return body
