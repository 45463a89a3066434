"""Refunds of a charge: never more than it took in all; paid from the platform's available funds."""

from __future__ import annotations

from typing import Any

from backoffice.money import format_amount, from_stripe
from backoffice.sandbox.stripe import lists, objects, shelf
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import StripeError, ValidationError, missing
from backoffice.sandbox.stripe.objects import Body

_REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})


def create(call: Call) -> Body:
    """Refund a charge or the charge of a payment intent, wholly when no amount is given.

    Without enough available funds the refund is `pending`, as at Stripe. Raises `StripeError`:
    `charge_already_refunded`, or an amount above what is left.
    """
    of = _charge(call)
    amount = _amount(call, of)
    if call.params.get("reason", "duplicate") not in _REASONS:
        raise ValidationError(
            "Invalid reason: must be one of duplicate, fraudulent, requested_by_customer", param="reason"
        )
    now = call.store.now()
    txn = call.store.new_id("txn")
    body = objects.refund(call.store.new_id("re"), of, amount=amount, created=now, txn=txn)
    body["reason"] = call.params.get("reason")
    body["metadata"] = call.params.get("metadata", {})
    _settle(call, of, body)
    shelf.put(call.store, body)
    call.log_effect("refund.created", body)
    return body


def retrieve(call: Call) -> Body:
    """The refund."""
    body = shelf.get(call.store, "refund", call.ids[0])
    if body is None:
        raise missing("refund", call.ids[0])
    return body


def listed(call: Call) -> Body:
    """Refunds, newest first, of one payment intent or charge if asked for."""
    where = {name: call.params[name] for name in ("payment_intent", "charge") if name in call.params}
    return lists.page(call.path, shelf.find(call.store, "refund", where), call.params)


def _charge(call: Call) -> Body:
    """The charge to refund."""
    charge_id = call.params.get("charge")
    intent_id = call.params.get("payment_intent")
    if not charge_id and not intent_id:
        raise ValidationError(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    if intent_id:
        intent = shelf.get(call.store, "payment_intent", intent_id)
        if intent is None:
            raise missing("payment_intent", intent_id, "payment_intent", status=400)
        if charge_id and charge_id != intent["latest_charge"]:
            raise StripeError("The charge does not belong to the payment intent.", param="charge")
        charge_id = intent["latest_charge"]
    body = shelf.get(call.store, "charge", str(charge_id))
    if body is None:
        raise missing("charge", str(charge_id), "charge", status=400)
    return body


def _amount(call: Call, of: Body) -> int:
    """How much to refund, in the smallest unit."""
    left = int(of["amount_captured"]) - int(of["amount_refunded"])
    if left == 0:
        raise StripeError(f"Charge {of['id']} has already been refunded.", code="charge_already_refunded")
    amount = int(call.params.get("amount", left))
    if amount > left:
        raise StripeError(
            f"Refund amount ({_words(amount, of)}) is greater than unrefunded amount on charge ({_words(left, of)})",
            param="amount",
        )
    return amount


def _settle(call: Call, of: Body, body: Body) -> None:
    """Take the money and decide the status; a charge seeded with a `refund_status` decides it itself."""
    store = call.store
    wanted = store.setting(f"refund_status:{of['id']}")
    if wanted == "failed":
        body.update(
            status="failed", failure_reason="expired_or_canceled_card", failure_balance_transaction=store.new_id("txn")
        )
        return
    enough = shelf.available(store, shelf.PLATFORM).get(of["currency"], 0) >= body["amount"]
    if wanted == "pending" or not enough:
        body.update(
            status="pending",
            balance_transaction=None,
            pending_reason="processing" if wanted == "pending" else "insufficient_funds",
        )
    else:
        shelf.move(store, shelf.PLATFORM, of["currency"], -body["amount"])
    of["amount_refunded"] += body["amount"]
    of["refunded"] = of["amount_refunded"] == of["amount_captured"]
    shelf.put(store, of)


def _words(amount: int, of: dict[str, Any]) -> str:
    """An amount for people."""
    currency = str(of["currency"]).upper()
    return format_amount(from_stripe(amount, currency), currency)
