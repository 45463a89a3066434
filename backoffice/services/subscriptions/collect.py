"""From where a fee is taken, and under which key (SUB-7).

The balance pays at once. A card is charged by a worker (`charges`), after the key of the attempt is committed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.services import settings
from backoffice.services.ledger import balances
from backoffice.services.subscriptions import charges, dunning, invoices
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


def collect(session: Session, *, now: dt.datetime, limit: int, acting: Acting) -> int:
    """Take the fees whose day has come from the balance, or begin to charge the card; returns how many (SUB-5).

    Where there is no card, or Stripe cannot carry the amount, the attempt has failed.
    """
    found = dunning.due(session, now=now, limit=limit)
    for invoice in found:
        what = attempt(session, invoice, available=balances.available(session, invoice.vendor_id, invoice.currency))
        if what.source is PaidBy.BALANCE:
            invoices.pay(session, invoice, paid_by=what.source, now=now, acting=acting)
            continue
        try:
            charges.begin(session, invoice, number=what.number, key=what.key)
        except DomainError as refusal:
            dunning.failed(session, invoice, attempt=what.number, why=refusal.message, now=now, acting=acting)
    return len(found)


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
