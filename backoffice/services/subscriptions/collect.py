"""From where a fee is taken, and under which key (SUB-7).

Charging the card is not here yet: the gateway has no call for it. Whoever makes it commits `attempt` first, uses its
key, and reports to `invoices.pay` or `dunning.failed`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice.services import settings
from models import SubscriptionInvoice
from models.subscription_invoice import PaidBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to collect an invoice; `key` is the provider's idempotency key."""

    invoice_id: uuid.UUID
    number: int
    amount: Decimal
    currency: str
    source: PaidBy

    @property
    def key(self) -> str:
        """Never used with other parameters."""
        return f"invoice:{self.invoice_id}:{self.number}"


def attempt(session: Session, invoice: SubscriptionInvoice, *, available: Decimal) -> Attempt:
    """The next attempt to collect `invoice`, read locked; `available` is the vendor's balance in its currency."""
    from_balance = settings.get(session, "subscriptions.pay_from_balance")
    return Attempt(
        invoice_id=invoice.id,
        number=invoice.attempts + 1,
        amount=invoice.amount,
        currency=invoice.currency,
        source=PaidBy.BALANCE if from_balance and available >= invoice.amount else PaidBy.CARD,
    )
