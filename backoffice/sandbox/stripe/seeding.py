"""Put the demo's accounts and payments there, so that its refunds and payouts find something to act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backoffice.money import CURRENCIES
from backoffice.sandbox.stripe import objects, shelf
from backoffice.sandbox.stripe.accounts import account
from backoffice.sandbox.stripe.errors import ValidationError
from backoffice.sandbox.stripe.store import Store

_REFUND_STATUSES: Final = frozenset({"succeeded", "pending", "failed"})


def seed(store: Store, given: Mapping[str, Any]) -> dict[str, int]:
    """Make what is not there yet; the same seed twice changes nothing.

    `payment_intents`: `{id, amount, currency}` in Stripe's smallest unit, each with one captured charge whose amount
    is added to the platform's available funds; `refund_status` ("pending", "failed") decides how its refunds end, and
    `amount_refunded` is what was given back before the sandbox knew of it.
    `accounts`: `{id, ...}`. `balance`: `{currency: amount}` sets the platform's available funds, after the rest.
    Returns how many intents and accounts were made. Raises `ValidationError`.
    """
    with store.transaction():
        intents = sum(_intent(store, intent) for intent in given.get("payment_intents", []))
        accounts = sum(_account(store, one) for one in given.get("accounts", []))
        for currency, amount in given.get("balance", {}).items():
            shelf.set_available(store, shelf.PLATFORM, _currency(currency), int(amount))
    return {"payment_intents": intents, "accounts": accounts}


def _intent(store: Store, given: Mapping[str, Any]) -> int:
    """One succeeded payment; 0 when it was there already."""
    if shelf.anything(store, given["id"]) is not None:
        return 0
    amount, currency = given["amount"], _currency(given["currency"])
    if not isinstance(amount, int) or amount < 1:
        raise ValidationError(f"{given['id']}: the amount is a whole number of the smallest unit.", param="amount")
    status = given.get("refund_status", "succeeded")
    if status not in _REFUND_STATUSES:
        raise ValidationError(f"{given['id']}: no such refund status.", param="refund_status")
    charge_id = store.new_id("ch")
    now = store.now()
    charge = objects.charge(
        charge_id, given["id"], amount=amount, currency=currency, created=now, txn=store.new_id("txn")
    )
    intent = objects.payment_intent(given["id"], charge_id, amount=amount, currency=currency, created=now)
    refunded = given.get("amount_refunded", 0)
    if not isinstance(refunded, int) or not 0 <= refunded <= amount:
        raise ValidationError(f"{given['id']}: the amount refunded is within the amount.", param="amount_refunded")
    charge |= {"amount_refunded": refunded, "refunded": refunded == amount}
    shelf.put(store, intent)
    shelf.put(store, charge)
    shelf.move(store, shelf.PLATFORM, currency, amount - refunded)
    if status != "succeeded":
        store.remember(f"refund_status:{charge_id}", status)
    return 1


def _account(store: Store, given: Mapping[str, Any]) -> int:
    """One connected account; 0 when it was there already."""
    if shelf.anything(store, given["id"]) is not None:
        return 0
    shelf.put(store, account(given["id"], given, created=store.now()))
    return 1


def _currency(code: str) -> str:
    """The code in Stripe's lower case. Raises `ValidationError` for an unknown one (MON-2)."""
    if code.upper() not in CURRENCIES:
        raise ValidationError(f"Invalid currency: {code}", param="currency")
    return code.lower()
