"""Connected accounts as objects: who may receive transfers, and what is still asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def account(account_id: str, given: Mapping[str, Any], *, created: int) -> dict[str, Any]:
    """A connected account that works, unless told otherwise.

    `given` may set country, default_currency, email, metadata, type, business_type, charges_enabled,
    payouts_enabled, transfers_enabled, bank_currencies (one bank account each), and past_due, the names of what Stripe
    has waited for in vain.
    """
    charges = bool(given.get("charges_enabled", True))
    payouts = bool(given.get("payouts_enabled", True))
    transfers = bool(given.get("transfers_enabled", payouts))
    return {
        "id": account_id,
        "object": "account",
        "business_profile": None,
        "business_type": given.get("business_type", "company"),
        "capabilities": {
            "card_payments": "active" if charges else "inactive",
            "transfers": "active" if transfers else "inactive",
        },
        "charges_enabled": charges,
        "country": given.get("country", "US"),
        "created": created,
        "default_currency": str(given.get("default_currency", "usd")).lower(),
        "details_submitted": True,
        "email": given.get("email"),
        "external_accounts": {
            "object": "list",
            "data": [_bank(account_id, str(currency).lower()) for currency in given.get("bank_currencies", ())],
            "has_more": False,
            "url": f"/v1/accounts/{account_id}/external_accounts",
        },
        "future_requirements": _requirements(None, []),
        "metadata": dict(given.get("metadata") or {}),
        "payouts_enabled": payouts,
        "requirements": _requirements(
            None if charges and payouts else "requirements.past_due", list(given.get("past_due", []))
        ),
        "settings": None,
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": given.get("type", "express"),
    }


def _bank(account_id: str, currency: str) -> dict[str, Any]:
    """A bank account of the account."""
    return {
        "id": f"ba_{account_id.removeprefix('acct_')}{currency}",
        "object": "bank_account",
        "account": account_id,
        "bank_name": "STRIPE TEST BANK",
        "currency": currency,
        "default_for_currency": True,
        "last4": "6789",
        "status": "new",
    }


def can_receive(body: Mapping[str, Any]) -> bool:
    """Whether transfers to this account are accepted."""
    return bool(body["capabilities"]["transfers"] == "active")


def _requirements(disabled_reason: str | None, past_due: list[str]) -> dict[str, Any]:
    """What Stripe still wants to know about the account."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": past_due,
        "disabled_reason": disabled_reason,
        "errors": [],
        "eventually_due": [],
        "past_due": past_due,
        "pending_verification": [],
    }
