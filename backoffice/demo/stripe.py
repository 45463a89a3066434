"""What the Stripe sandbox must know of the demo marketplace, so that refunds and payouts work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.money import to_stripe
from models import Payment, SubscriptionInvoice, VendorProfile
from models.payment import PaymentState

#: The newest payments are those that anybody refunds.
_NEWEST: Final = 5_000


def sandbox_seed(session: Session) -> dict[str, Any]:
    """Payments of orders and of plan fees, connected accounts and vendors' cards, as `POST /_seed` takes them.

    Amounts are Stripe's integers (MON-3). The sandbox adds what a payment still holds to the platform's balance when it
    first hears of it; the balance itself is not sent, because that would undo at the next start what has moved since.
    """
    accounts = session.scalars(
        sa.select(VendorProfile.stripe_account_id)
        .where(VendorProfile.stripe_account_id.is_not(None))
        .order_by(VendorProfile.stripe_account_id)
    )
    customers = session.execute(
        sa.select(VendorProfile.stripe_customer_id, VendorProfile.stripe_payment_method_id)
        .where(VendorProfile.stripe_customer_id.is_not(None))
        .order_by(VendorProfile.stripe_customer_id)
    )
    return {
        "payment_intents": _payments(session),
        "accounts": [{"id": account} for account in accounts],
        "customers": [{"id": customer, "payment_method": method} for customer, method in customers],
    }


def _payments(session: Session) -> list[dict[str, Any]]:
    """The newest that customers made, and the newest by which vendors paid for their plans."""
    captured = (PaymentState.SUCCEEDED, PaymentState.REFUNDED)
    orders = (
        sa.select(Payment.stripe_payment_intent_id, Payment.amount, Payment.refunded_amount, Payment.currency)
        .where(Payment.status.in_(captured), Payment.stripe_payment_intent_id.is_not(None))
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(_NEWEST)
    )
    fee = SubscriptionInvoice
    fees = (
        sa.select(fee.stripe_payment_intent_id, fee.amount, sa.literal(Decimal(0)), fee.currency)
        .where(fee.stripe_payment_intent_id.is_not(None))
        .order_by(fee.paid_at.desc(), fee.id.desc())
        .limit(_NEWEST)
    )
    return [
        {
            "id": intent,
            "amount": to_stripe(amount, currency),
            "amount_refunded": to_stripe(refunded, currency),
            "currency": currency.lower(),
        }
        for intent, amount, refunded, currency in (*session.execute(orders), *session.execute(fees))
    ]
