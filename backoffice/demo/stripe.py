"""What the Stripe sandbox must know of the demo marketplace, so that refunds and payouts work."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.money import to_stripe
from models import Payment, VendorProfile
from models.payment import PaymentState

#: The newest payments are those that anybody refunds.
_NEWEST: Final = 5_000


def sandbox_seed(session: Session) -> dict[str, Any]:
    """Payments, connected accounts and vendors' cards, as the sandbox's `POST /_seed` takes them.

    Amounts are Stripe's integers (MON-3). The sandbox adds what a payment still holds to the platform's balance when it
    first hears of it; the balance itself is not sent, because that would undo at the next start what has moved since.
    """
    captured = (PaymentState.SUCCEEDED, PaymentState.REFUNDED)
    payments = session.execute(
        sa.select(Payment.stripe_payment_intent_id, Payment.amount, Payment.refunded_amount, Payment.currency)
        .where(Payment.status.in_(captured), Payment.stripe_payment_intent_id.is_not(None))
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(_NEWEST)
    ).all()
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
        "payment_intents": [
            {
                "id": payment.stripe_payment_intent_id,
                "amount": to_stripe(payment.amount, payment.currency),
                "amount_refunded": to_stripe(payment.refunded_amount, payment.currency),
                "currency": payment.currency.lower(),
            }
            for payment in payments
        ],
        "accounts": [{"id": account} for account in accounts],
        "customers": [{"id": customer, "payment_method": method} for customer, method in customers],
    }
