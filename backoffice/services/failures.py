"""Why money did not move: a closed list of codes, and what each means to a person (PAY-11)."""

from __future__ import annotations

from collections.abc import Mapping

UNKNOWN = "provider_refused"
NOT_EXECUTED = "not_executed"

FAILURES: Mapping[str, str] = {
    "account_closed": "The vendor's bank account is closed.",
    "account_frozen": "The vendor's bank account is frozen.",
    "account_invalid": "The vendor's Stripe account cannot receive money.",
    "amount_too_large": "The amount is more than Stripe allows here.",
    "bank_account_restricted": "The vendor's bank account does not take this kind of payment.",
    "authentication_required": "The bank wants to see who pays; the card cannot be charged without that person.",
    "balance_insufficient": "The platform's Stripe balance is too low.",
    "card_declined": "The bank declined the card.",
    "charge_already_refunded": "The payment has already been refunded in full.",
    "charge_for_pending_refund_disputed": "The customer's bank disputed the payment while the refund was under way.",
    "charge_disputed": "The customer's bank has disputed this payment.",
    "could_not_process": "The vendor's bank could not process it.",
    "declined": "The bank declined it.",
    "expired_or_canceled_card": "The customer's card is expired or cancelled.",
    "expired_card": "The card is expired.",
    "generic_decline": "The bank declined the card.",
    "idempotency_error": "Stripe has seen this key with other parameters; nothing was sent.",
    "incorrect_account_holder_name": "The name at the vendor's bank is another one.",
    "insufficient_funds": "There is not enough money behind the card.",
    "invalid_account_number": "The vendor's account number is not valid.",
    "lost_or_stolen_card": "The customer's card is lost or stolen.",
    "no_account": "The vendor's bank account does not exist.",
    "payout_canceled": "The payout was cancelled at Stripe.",
    NOT_EXECUTED: "Stripe has no record of it, so no money moved.",
    UNKNOWN: "Stripe refused it.",
    "resource_missing": "Stripe does not know the payment or account.",
}


def failure_code(provider_code: str | None) -> str:
    """The code of the closed list for what the provider said."""
    return provider_code if provider_code is not None and provider_code in FAILURES else UNKNOWN


def failure_sentence(code: str, raw: str, *, who: str = "Stripe") -> str:
    """What a person reads: our sentence, then the own words of `who` refused."""
    return f"{FAILURES[code]} {who} says: {raw}" if raw else FAILURES[code]
