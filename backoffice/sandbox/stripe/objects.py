"""The objects as the installed SDK knows them: every field that Stripe always sends, and none it does not know.

A contract test compares each of them with the SDK's own types. Amounts are Stripe's integers, currencies lower case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Body = dict[str, Any]

#: Fields that are there and empty.
_INTENT_NULLS: Final = (
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "description",
    "last_payment_error",
    "next_action",
    "on_behalf_of",
    "payment_method",
    "payment_record",
    "processing",
    "receipt_email",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)
_CHARGE_NULLS: Final = (
    "application",
    "application_fee",
    "application_fee_amount",
    "calculated_statement_descriptor",
    "customer",
    "description",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "payment_method",
    "receipt_email",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer",
    "transfer_data",
    "transfer_group",
)


def listing(url: str, data: list[Body], *, has_more: bool = False) -> Body:
    """A page of objects."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def payment_intent(intent_id: str, charge_id: str | None, *, amount: int, currency: str, created: int) -> Body:
    """A payment that succeeded with one charge, captured in full."""
    nothing = dict.fromkeys(_INTENT_NULLS)
    return nothing | {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": amount,
        "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "latest_charge": charge_id,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "status": "succeeded",
    }


def charge(charge_id: str, intent_id: str | None, *, amount: int, currency: str, created: int, txn: str | None) -> Body:
    """The captured charge of a payment intent."""
    nothing = dict.fromkeys(_CHARGE_NULLS)
    return nothing | {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "balance_transaction": txn,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": True,
        "created": created,
        "currency": currency,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "outcome": None,
        "paid": True,
        "payment_intent": intent_id,
        "payment_method_details": None,
        "radar_options": {},
        "refunded": False,
        "status": "succeeded",
    }


def refund(refund_id: str, of: Mapping[str, Any], *, amount: int, created: int) -> Body:
    """A refund of a charge; the caller sets status, reason and metadata, and books it."""
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "customer": None,
        "failure_balance_transaction": None,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "payment_method": of["payment_method"],
        "pending_reason": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def transfer(transfer_id: str, *, amount: int, currency: str, destination: str, created: int, payment: str) -> Body:
    """Money moved from the platform to a connected account; `payment` is the charge it makes over there.

    The caller books it.
    """
    return {
        "id": transfer_id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": created,
        "currency": currency,
        "description": None,
        "destination": destination,
        "destination_payment": payment,
        "livemode": False,
        "metadata": {},
        "reversals": listing(f"/v1/transfers/{transfer_id}/reversals", []),
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": None,
    }


def balance(available: Mapping[str, int], pending: Mapping[str, int]) -> Body:
    """The balance of an account, each currency in both lists."""

    def funds(amounts: Mapping[str, int]) -> list[Body]:
        return [
            {
                "amount": amounts.get(currency, 0),
                "currency": currency,
                "source_types": {"card": amounts.get(currency, 0)},
            }
            for currency in sorted({*available, *pending})
        ]

    return {
        "object": "balance",
        "available": funds(available),
        "livemode": False,
        "pending": funds(pending),
    }
