"""Payouts from the available funds of the connected account that the call is made for."""

from __future__ import annotations

from typing import Final

from backoffice.sandbox.stripe import lists, payouts, shelf
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import StripeError, balance_insufficient, currency_code
from backoffice.sandbox.stripe.objects import Body

#: Stripe pays these out in whole units, although charges have two decimals (MON-3).
_WHOLE: Final = frozenset({"huf", "twd"})


def create(call: Call) -> Body:
    """Pay out. Raises `StripeError`: payouts switched off, `balance_insufficient`, a fraction of HUF or TWD."""
    amount, currency = call.params["amount"], currency_code(call.params["currency"])
    account = shelf.get(call.store, "account", call.account)
    if account is None:
        raise StripeError("The sandbox pays out connected accounts only: send Stripe-Account.")
    if not account["payouts_enabled"]:
        raise StripeError("Payouts are not enabled for this account.", code="payouts_not_allowed")
    if currency in _WHOLE and amount % 100:
        raise StripeError(f"Payouts in {currency} are divisible by 100.", code="amount_invalid", param="amount")
    if shelf.available(call.store, call.account).get(currency, 0) < amount:
        raise balance_insufficient()
    return payouts.create(call.store, call.account, amount=amount, currency=currency, given=dict(call.params))


def retrieve(call: Call) -> Body:
    """The payout."""
    return call.named("payout")


def listed(call: Call) -> Body:
    """Payouts of the account, newest first, of one status if asked for."""
    return lists.page(call, "payout", lists.chosen(call, "status"))


def cancel(call: Call) -> Body:
    """Give a payout up while it is pending; the money is the account's again."""
    return payouts.decide(call.store, call.named("payout"), "canceled")
