"""Refunds of a charge: never more than it took in all; paid from the platform's available funds."""

from __future__ import annotations

from typing import Any

from backoffice.money import format_amount, from_stripe
from backoffice.sandbox.stripe import events, lists, objects, refunds, shelf
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
    body = objects.refund(call.store.new_id("re"), of, amount=amount, created=call.store.now())
    body["reason"] = call.params.get("reason")
    body["metadata"] = call.params.get("metadata", {})
    _settle(call, of, body)
    return body


def retrieve(call: Call) -> Body:
    """The refund."""
    return call.named("refund")


def listed(call: Call) -> Body:
    """Refunds, newest first, of one payment intent or charge if asked for."""
    return lists.page(call, "refund", lists.chosen(call, "payment_intent", "charge"))


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
        if charge_id is None:
            raise StripeError(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.")
    body = shelf.get(call.store, "charge", str(charge_id))
    if body is None:
        raise missing("charge", str(charge_id), "charge", status=400)
    if body["status"] != "succeeded":
        raise StripeError(f"Charge {charge_id} was not paid.", param="charge")
    for dispute in shelf.find(call.store, "dispute", {"charge": body["id"]}):
        if not dispute["is_charge_refundable"]:
            raise StripeError(
                f"Charge {body['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )
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
    enough = shelf.available(store, shelf.PLATFORM).get(of["currency"], 0) >= body["amount"]
    if wanted == "failed":
        refunds.take(store, body)
        refunds.give_back(store, body, refunds.FAILED)
    elif wanted == "pending" or not enough:
        body |= {"pending_reason": "processing" if wanted == "pending" else "insufficient_funds", "status": "pending"}
    else:
        refunds.take(store, body)
    shelf.put(store, body)
    events.happened(store, "refund.created", body)
    if body["status"] == "failed":
        events.happened(store, "refund.failed", body)
        return
    charge = refunds.count(store, of["id"], body["amount"])
    events.happened(store, "charge.refunded", charge, previous={"amount_refunded": of["amount_refunded"]})


def _words(amount: int, of: dict[str, Any]) -> str:
    """An amount for people."""
    currency = str(of["currency"]).upper()
    return format_amount(from_stripe(amount, currency), currency)
