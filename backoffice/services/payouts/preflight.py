"""What only the provider knows before a transfer: whether its balances bear a batch, and each of it (PAY-7, REC-8)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.gateways.payments import Payments
from models import Payout, VendorProfile
from models.payout import PayoutStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A vendor's account at the provider, and the currency that is to be sent there."""

    account: str
    currency: str


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


def destination(session: Session, payout_id: uuid.UUID) -> Destination | None:
    """Where a pending payout would go; None for one that would go nowhere now."""
    row = session.execute(
        sa.select(VendorProfile.stripe_account_id, Payout.currency)
        .join(VendorProfile, VendorProfile.vendor_id == Payout.vendor_id)
        .where(Payout.id == payout_id, Payout.status == PayoutStatus.PENDING, VendorProfile.stripe_account_id != "")
    ).one_or_none()
    return None if row is None else Destination(account=str(row.stripe_account_id), currency=row.currency)


def swallowed(payments: Payments, to: Destination) -> str | None:
    """Why a transfer would not reach the vendor's bank, or None: a negative account keeps it (REC-8).

    The account is asked right before the transfer, because the provider books refunds and fees on it at any time.
    Raises `PaymentsUnavailableError`.
    """
    balance = payments.connected_balance(to.account, to.currency)
    if balance >= 0:
        return None
    return (
        f"The vendor's account at Stripe is at {money.format_amount(balance, to.currency)}, which a transfer would only"
        " fill up. The payout stays pending; release it when the account is out of debt."
    )
