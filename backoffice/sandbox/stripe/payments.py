"""Payments that happen: an intent is paid, declined or waits for the customer, by request or by control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from backoffice.sandbox.stripe import balance_transactions, events, objects, settings, shelf
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store

#: What one of Stripe's test payment methods does: the intent's next status, and the issuer's code of a decline.
METHODS: Final[Mapping[str, tuple[str, str | None]]] = {
    "pm_card_visa": ("succeeded", None),
    "pm_card_bypassPending": ("succeeded", None),
    "pm_card_chargeDeclined": ("failed", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("failed", "insufficient_funds"),
    "pm_card_authenticationRequired": ("requires_action", None),
}
_DECLINED: Final = "Your card was declined."
_GIVEN: Final = ("customer", "description", "metadata", "transfer_group")
#: What the issuer says who wants to see a customer that is not there.
ABSENT: Final = "authentication_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What Stripe keeps of a payment, and when the rest may be spent; None means as Stripe usually does."""

    fee: int | None = None
    available_on: int | None = None


def standard_fee(amount: int) -> int:
    """2.9 % and thirty of the smallest unit, never more than the amount."""
    share = (Decimal(amount) * Decimal("0.029")).quantize(Decimal(1), ROUND_HALF_UP)
    return min(int(share) + 30, amount)


def create(store: Store, amount: int, currency: str, given: Mapping[str, Any], intent_id: str | None = None) -> Body:
    """A payment intent that nobody has paid yet; `given` may set customer, description, metadata and transfer_group."""
    intent = objects.payment_intent(
        intent_id or store.new_id("pi"), None, amount=amount, currency=currency, created=store.now()
    )
    intent |= {"amount_received": 0, "status": "requires_payment_method"}
    intent |= {name: given[name] for name in _GIVEN if name in given}
    shelf.put(store, intent)
    events.happened(store, "payment_intent.created", intent)
    return intent


def succeed(store: Store, intent: Body, terms: Terms) -> Body:
    """The customer has paid: a charge, its funds (pending for a while), and the intent's end."""
    charge = charge_of(store, intent)
    amount = charge["amount"]
    txn = balance_transactions.post(
        store,
        shelf.PLATFORM,
        kind="charge",
        amount=amount,
        currency=charge["currency"],
        source=charge["id"],
        fee=standard_fee(amount) if terms.fee is None else terms.fee,
        available_on=store.now() + settings.charge_seconds(store) if terms.available_on is None else terms.available_on,
    )
    charge["balance_transaction"] = txn["id"]
    shelf.put(store, charge)
    intent |= {
        "amount_received": amount,
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "status": "succeeded",
    }
    shelf.put(store, intent)
    events.happened(store, "charge.succeeded", charge)
    events.happened(store, "payment_intent.succeeded", intent)
    return intent


def decline(store: Store, intent: Body, code: str | None) -> Body:
    """The issuer refused: a failed charge, and the intent waits for another payment method."""
    charge = charge_of(store, intent) | {
        "amount_captured": 0,
        "captured": False,
        "failure_code": decline_code(code),
        "failure_message": _DECLINED,
        "paid": False,
        "status": "failed",
    }
    shelf.put(store, charge)
    intent |= {
        "last_payment_error": {
            "charge": charge["id"],
            "code": decline_code(code),
            "decline_code": code,
            "doc_url": "https://stripe.com/docs/error-codes/card-declined",
            "message": _DECLINED,
            "type": "card_error",
        },
        "latest_charge": charge["id"],
        "next_action": None,
        "status": "requires_payment_method",
    }
    shelf.put(store, intent)
    events.happened(store, "charge.failed", charge)
    events.happened(store, "payment_intent.payment_failed", intent)
    return intent


def ask_customer(store: Store, intent: Body) -> Body:
    """The issuer wants to see the customer first."""
    intent |= {"next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}, "status": "requires_action"}
    shelf.put(store, intent)
    events.happened(store, "payment_intent.requires_action", intent)
    return intent


def cancel(store: Store, intent: Body, reason: str | None) -> Body:
    """Nobody will pay this any more."""
    intent |= {"canceled_at": store.now(), "cancellation_reason": reason, "next_action": None, "status": "canceled"}
    shelf.put(store, intent)
    events.happened(store, "payment_intent.canceled", intent)
    return intent


def pay(store: Store, intent: Body, status: str, terms: Terms, code: str | None = None) -> Body:
    """Bring an intent to `succeeded`, `failed` or `requires_action`. Raises `ValueError` for another."""
    match status:
        case "succeeded":
            return succeed(store, intent, terms)
        case "failed":
            return decline(store, intent, code or "generic_decline")
        case "requires_action":
            return ask_customer(store, intent)
    raise ValueError(f"no such end of a payment: {status}")


def decline_code(issuers: str | None) -> str:
    """The code of the error for the issuer's own."""
    return ABSENT if issuers == ABSENT else "card_declined"


def charge_of(store: Store, intent: Body) -> Body:
    """A new captured charge of the intent; the caller books it."""
    charge = objects.charge(
        store.new_id("ch"),
        intent["id"],
        amount=intent["amount"],
        currency=intent["currency"],
        created=store.now(),
        txn=None,
    )
    same = (*_GIVEN, "payment_method")
    return charge | {name: intent[name] for name in same}
