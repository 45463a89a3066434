"""Payouts from a connected account to its bank: the object, and its way by the sandbox's clock."""

from __future__ import annotations

from typing import Any, Final

from backoffice.sandbox.stripe import agenda, balance_transactions, events, settings, shelf
from backoffice.sandbox.stripe.errors import StripeError
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store

FAILURES: Final = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "could_not_process": "The bank could not process this payout.",
    "no_account": "The bank account could not be located.",
}
_DAY: Final = 86_400


def create(store: Store, account: str, *, amount: int, currency: str, given: dict[str, Any]) -> Body:
    """Take the money from the account and send it on its way."""
    now, payout_id = store.now(), store.new_id("po")
    txn = balance_transactions.post(store, account, kind="payout", amount=-amount, currency=currency, source=payout_id)
    seconds = settings.payout_seconds(store)
    body = {
        "id": payout_id,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": _arrival(now + seconds) if seconds >= _DAY else now + seconds,
        "automatic": False,
        "balance_transaction": txn["id"],
        "created": now,
        "currency": currency,
        "description": given.get("description"),
        "destination": f"ba_{account.removeprefix('acct_')}",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": given.get("metadata", {}),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }
    shelf.put(store, body, account)
    events.happened(store, "payout.created", body, account=account)
    agenda.schedule(store, now + seconds // 2, "payout", payout_id)
    return body


def advance(store: Store, payout_id: str) -> None:
    """The next step of a payout whose time has come: on its way, then paid. One that ended stays as it is."""
    body, _ = shelf.existing(store, payout_id)
    if body["status"] == "pending":
        decide(store, body, "in_transit")
        agenda.schedule(store, body["arrival_date"], "payout", payout_id)
    elif body["status"] == "in_transit":
        decide(store, body, "paid")


def decide(store: Store, body: Body, status: str, failure: str = "could_not_process") -> Body:
    """Bring a payout to `status`; `failed` may follow `paid`, which is a bank's return (PAY-9).

    Raises `StripeError` for a step that payouts do not take.
    """
    before = body["status"]
    _, account = shelf.existing(store, body["id"])
    allowed = {"pending": {"in_transit", "paid", "failed", "canceled"}, "in_transit": {"paid", "failed"}}
    if status not in allowed.get(before, {"failed"} if before == "paid" else set()):
        raise StripeError(f"Payouts that are {before} cannot become {status}.")
    body["status"] = status
    if status in {"failed", "canceled"}:
        txn = balance_transactions.post(
            store,
            account,
            kind="payout_cancel" if status == "canceled" else "payout_failure",
            amount=body["amount"],
            currency=body["currency"],
            source=body["id"],
        )
        body["failure_balance_transaction"] = txn["id"]
    if status == "failed":
        body |= {"failure_code": failure, "failure_message": FAILURES.get(failure, failure)}
    shelf.put(store, body, account)
    kind = "payout.updated" if status == "in_transit" else f"payout.{status}"
    events.happened(
        store, kind, body, account=account, previous={"status": before} if kind == "payout.updated" else None
    )
    return body


def _arrival(at: int) -> int:
    """Stripe names days: midnight of the day on which it arrives."""
    return at - at % _DAY
