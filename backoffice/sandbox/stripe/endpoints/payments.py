"""Payment intents and charges: paid at once with one of Stripe's test payment methods, declined, or waiting."""

from __future__ import annotations

from backoffice.sandbox.stripe import lists, payments, shelf
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import CardError, StripeError, ValidationError, currency_code, missing
from backoffice.sandbox.stripe.objects import Body

_UNPAID = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_REASONS = frozenset({"abandoned", "duplicate", "fraudulent", "requested_by_customer"})


def create(call: Call) -> Body:
    """A payment intent, paid at once when `confirm` and a test payment method are given.

    Raises `CardError` for a decline; the intent stays, and waits for another payment method.
    """
    currency = currency_code(call.params["currency"])
    if call.params.get("confirm") and "payment_method" not in call.params:
        raise ValidationError("You cannot confirm this PaymentIntent: it has no payment method.", param="confirm")
    if "customer" in call.params and shelf.get(call.store, "customer", call.params["customer"]) is None:
        raise missing("customer", call.params["customer"], "customer", status=400)
    intent = payments.create(call.store, call.params["amount"], currency, call.params)
    return _confirm(call, intent) if call.params.get("confirm") else intent


def confirm(call: Call) -> Body:
    """Pay an intent. Raises `CardError` for a decline, `StripeError` for one that is paid or cancelled."""
    intent = call.named("payment_intent", "intent")
    if intent["status"] not in _UNPAID:
        raise _wrong_state("confirm", intent)
    return _confirm(call, intent)


def cancel(call: Call) -> Body:
    """Give an intent up. Raises `StripeError` for one that is paid or cancelled."""
    intent = call.named("payment_intent", "intent")
    if intent["status"] not in _UNPAID:
        raise _wrong_state("cancel", intent)
    reason = call.params.get("cancellation_reason")
    if reason is not None and reason not in _REASONS:
        raise ValidationError(f"Invalid cancellation_reason: {reason}", param="cancellation_reason")
    return payments.cancel(call.store, intent, reason)


def retrieve_intent(call: Call) -> Body:
    """The payment intent."""
    return call.named("payment_intent", "intent")


def list_intents(call: Call) -> Body:
    """Payment intents, newest first, of one customer if asked for."""
    return lists.page(call, "payment_intent", lists.chosen(call, "customer"))


def retrieve_charge(call: Call) -> Body:
    """The charge."""
    return call.named("charge")


def list_charges(call: Call) -> Body:
    """Charges, newest first, of one payment intent or group if asked for."""
    return lists.page(call, "charge", lists.chosen(call, "payment_intent", "transfer_group"))


def _confirm(call: Call, intent: Body) -> Body:
    """Do what the test payment method stands for; a customer who is away cannot be asked."""
    method = call.params.get("payment_method", "")
    if method not in payments.METHODS:
        raise StripeError(f"No such PaymentMethod: '{method}'", code="resource_missing", param="payment_method")
    intent["payment_method"] = call.store.new_id("pm")
    status, code = payments.METHODS[method]
    if status == "requires_action" and call.params.get("off_session"):
        status, code = "failed", payments.ABSENT
    terms = payments.Terms(available_on=call.store.now() if method == "pm_card_bypassPending" else None)
    intent = payments.pay(call.store, intent, status, terms, code)
    if status == "failed":
        raise CardError(str(code), intent)
    return intent


def _wrong_state(act: str, intent: Body) -> StripeError:
    """The intent is past that."""
    return StripeError(
        f"You cannot {act} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
    )
