"""Why money did not move: a closed list of codes, and what each means to a person (PAY-11)."""

from __future__ import annotations

from collections.abc import Mapping

UNKNOWN = "provider_refused"
NOT_EXECUTED = "not_executed"

FAILURES: Mapping[str, str] = {
    "account_invalid": "The vendor's Stripe account cannot receive money.",
    "amount_too_large": "The amount is more than Stripe allows here.",
    "balance_insufficient": "The platform's Stripe balance is too low.",
    "charge_already_refunded": "The payment has already been refunded in full.",
    "charge_disputed": "The customer's bank has disputed this payment.",
    "idempotency_error": "Stripe has seen this key with other parameters; nothing was sent.",
    NOT_EXECUTED: "Stripe has no record of it, so no money moved.",
    UNKNOWN: "Stripe refused it.",
    "resource_missing": "Stripe does not know the payment or account.",
}


def failure_code(provider_code: str | None) -> str:
    """The code of the closed list for what the provider said."""
    return provider_code if provider_code is not None and provider_code in FAILURES else UNKNOWN


def failure_sentence(code: str, raw: str) -> str:
    """What a person reads: our sentence, then the provider's own words."""
    return f"{FAILURES[code]} Stripe says: {raw}" if raw else FAILURES[code]
