"""Every movement of an account's funds as Stripe books it: amount, fee, net, and when the funds are available."""

from __future__ import annotations

from typing import Any, Final

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store

#: Stripe's name for a report beside its name for the type, where the two differ.
_CATEGORIES: Final = {
    "payment": "charge",
    "payment_refund": "refund",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
    "transfer_refund": "transfer_reversal",
}


def post(
    store: Store,
    account: str,
    *,
    kind: str,
    amount: int,
    currency: str,
    source: str,
    fee: int = 0,
    available_on: int | None = None,
    category: str | None = None,
    created: int | None = None,
) -> Body:
    """Book `amount` (negative when it leaves) less `fee`; the net is pending until `available_on`."""
    now = store.now()
    at = now if available_on is None else available_on
    body = {
        "id": store.new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": at,
        "balance_type": "payments",
        "created": now if created is None else created,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": _fee_details(fee, currency),
        "net": amount - fee,
        "reporting_category": category or _CATEGORIES.get(kind, kind),
        "source": source,
        "status": "pending" if at > now else "available",
        "type": kind,
    }
    shelf.put(store, body, account)
    if at > now:
        store.sql.execute(
            "INSERT INTO pending VALUES (?, ?, ?, ?, ?)", (body["id"], account, currency, body["net"], at)
        )
    else:
        shelf.move(store, account, currency, amount - fee)
    return body


def settle(store: Store, now: int) -> None:
    """Make available what has become so."""
    due = store.sql.execute("SELECT id, account, currency, amount FROM pending WHERE at <= ?", (now,)).fetchall()
    for txn, account, currency, amount in due:
        shelf.move(store, account, currency, amount)
        store.sql.execute("DELETE FROM pending WHERE id = ?", (txn,))
        store.sql.execute("UPDATE objects SET body = json_set(body, '$.status', 'available') WHERE id = ?", (txn,))


def available_on(store: Store, txn: str) -> int:
    """When the funds of a booking are or were available."""
    body, _ = shelf.existing(store, txn)
    return int(body["available_on"])


def _fee_details(fee: int, currency: str) -> list[dict[str, Any]]:
    """What the fee is made of."""
    if not fee:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
