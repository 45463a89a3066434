"""Put the demo's accounts, payments and transfers there, so that its refunds and payouts find something to act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backoffice.sandbox.stripe import balance_transactions, objects, refunds, shelf, transfers
from backoffice.sandbox.stripe.accounts import account
from backoffice.sandbox.stripe.customers import customer
from backoffice.sandbox.stripe.errors import ValidationError, currency_code
from backoffice.sandbox.stripe.store import Store

_REFUND_STATUSES: Final = frozenset({"succeeded", "pending", "failed"})


def seed(store: Store, given: Mapping[str, Any]) -> dict[str, int]:
    """Make what is not there yet; the same seed twice changes nothing, and nothing of it is an event.

    `payment_intents`: `{id, amount, currency}` in Stripe's smallest unit, each with one captured charge whose amount
    less `fee` is the platform's, at once or from `available_on`; `created`, `metadata` and `transfer_group` are
    the intent's own, `refund_status` ("pending", "failed") decides how its refunds end, and `amount_refunded` is what
    was given back before the sandbox knew of it.
    `accounts`: `{id, ...}`. `customers`: `{id}` and perhaps `payment_method`, the card that is charged.
    `transfers`: `{id, destination, amount, currency}` and perhaps `transfer_group` and
    `metadata`, taken from the platform's funds, so that earlier payouts can be reversed.
    `balance`: `{currency: amount}` sets the platform's available funds, after the rest; `balances`:
    `{account: {currency: amount}}` those of connected accounts, which may owe, below zero.
    Returns how many of each noun were made. Raises `ValidationError`.
    """
    with store.transaction():
        made = {noun: sum(make(store, one) for one in given[noun]) for noun, make in _MAKERS.items() if noun in given}
        funds = {shelf.PLATFORM: given.get("balance", {}), **given.get("balances", {})}
        for account_id, amounts in funds.items():
            for currency, amount in amounts.items():
                shelf.set_available(store, account_id, currency_code(currency), int(amount))
    return made


def _intent(store: Store, given: Mapping[str, Any]) -> int:
    """One succeeded payment; 0 when it was there already."""
    if shelf.anything(store, given["id"]) is not None:
        return 0
    amount, currency = _whole(given, "amount", 1), currency_code(given["currency"])
    fee, refunded = _whole(given, "fee", 0, amount), _whole(given, "amount_refunded", 0, amount)
    created, at = given.get("created", store.now()), given.get("available_on", store.now())
    status = given.get("refund_status", "succeeded")
    if status not in _REFUND_STATUSES:
        raise ValidationError(f"{given['id']}: no such refund status.", param="refund_status")
    charge_id = store.new_id("ch")
    txn = balance_transactions.post(
        store,
        shelf.PLATFORM,
        kind="charge",
        amount=amount,
        currency=currency,
        source=charge_id,
        fee=fee,
        available_on=at,
        created=created,
    )
    same = {name: given[name] for name in ("metadata", "transfer_group") if name in given}
    charge = objects.charge(charge_id, given["id"], amount=amount, currency=currency, created=created, txn=txn["id"])
    intent = objects.payment_intent(given["id"], charge_id, amount=amount, currency=currency, created=created)
    shelf.put(store, intent | same)
    shelf.put(store, charge | same)
    if refunded:
        refund = objects.refund(store.new_id("re"), charge, amount=refunded, created=store.now())
        refunds.take(store, refund)
        shelf.put(store, refund)
        refunds.count(store, charge_id, refunded)
    if status != "succeeded":
        store.remember(f"refund_status:{charge_id}", status)
    return 1


def _whole(given: Mapping[str, Any], name: str, least: int, most: int | None = None) -> int:
    """A number of the smallest unit. Raises `ValidationError` for one out of bounds."""
    value = given.get(name, 0)
    if type(value) is not int or value < least or (most is not None and value > most):
        raise ValidationError(f"{given['id']}: {name} cannot be {value!r}.", param=name)
    return value


def _account(store: Store, given: Mapping[str, Any]) -> int:
    """One connected account; 0 when it was there already."""
    if shelf.anything(store, given["id"]) is not None:
        return 0
    shelf.put(store, account(given["id"], given, created=store.now()))
    return 1


def _customer(store: Store, given: Mapping[str, Any]) -> int:
    """One customer with a card; 0 when it was there already."""
    if shelf.anything(store, given["id"]) is not None:
        return 0
    shelf.put(store, customer(given["id"], {}, method=given.get("payment_method"), created=store.now()))
    return 1


def _transfer(store: Store, given: Mapping[str, Any]) -> int:
    """One transfer to an account that is there; 0 when it was made already."""
    if shelf.anything(store, given["id"]) is not None:
        return 0
    if shelf.get(store, "account", given["destination"]) is None:
        raise ValidationError(f"{given['id']}: there is no account {given['destination']}.", param="destination")
    body = objects.transfer(
        given["id"],
        amount=_whole(given, "amount", 1),
        currency=currency_code(given["currency"]),
        destination=given["destination"],
        created=store.now(),
        payment=store.new_id("py"),
    )
    body |= {name: given[name] for name in ("metadata", "transfer_group") if name in given}
    transfers.book(store, body, available_on=None)
    return 1


#: Accounts before what is moved to them.
_MAKERS: Final = {
    "payment_intents": _intent,
    "accounts": _account,
    "customers": _customer,
    "transfers": _transfer,
}
