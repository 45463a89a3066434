"""Whether the platform's balance at the provider covers a batch, before its first transfer (PAY-7)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.gateways.payments import Payments
from models import Payout
from models.payout import PayoutStatus


def needs(session: Session, payouts: Sequence[uuid.UUID]) -> Mapping[str, Decimal]:
    """What those of these payouts that are pending come to, by currency."""
    rows = session.execute(
        sa.select(Payout.currency, sa.func.sum(Payout.amount))
        .where(Payout.id.in_(payouts), Payout.status == PayoutStatus.PENDING)
        .group_by(Payout.currency)
        .order_by(Payout.currency)
    )
    return {currency: amount for currency, amount in rows}  # noqa: C416 - rows are not pairs to a type checker


def check(payments: Payments, amounts: Mapping[str, Decimal]) -> str | None:
    """Why the batch may not begin, or None. Raises `PaymentsUnavailableError`: then nothing was begun either."""
    short = []
    for currency, amount in amounts.items():
        available = payments.available_balance(currency)
        if available < amount:
            wanted, there = (money.format_amount(value, currency) for value in (amount, available))
            short.append(f"The payouts come to {wanted}, but Stripe holds {there} that can be transferred.")
    return " ".join(short) or None
