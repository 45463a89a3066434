"""Customers as objects: who is charged while away, and with which card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_NULLS: Final = ("address", "currency", "default_source", "description", "discount", "phone", "shipping", "test_clock")


def customer(customer_id: str, given: Mapping[str, Any], *, method: str | None, created: int) -> dict[str, Any]:
    """A customer; `given` may set email, metadata and name, `method` is the card that is charged."""
    return dict.fromkeys(_NULLS) | {
        "id": customer_id,
        "object": "customer",
        "balance": 0,
        "created": created,
        "customer_account": None,
        "delinquent": False,
        "email": given.get("email"),
        "invoice_prefix": customer_id.removeprefix("cus_")[:8].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": method,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": dict(given.get("metadata") or {}),
        "name": given.get("name"),
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    }
