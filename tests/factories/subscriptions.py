"""Plans, and vendors' subscriptions to them."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.services.subscriptions import periods
from models import InvoiceCharge, Subscription, SubscriptionInvoice, SubscriptionPlan, User
from models.base import uuid7
from models.operation import QueueName
from models.subscription import BillingCycle
from models.subscription_invoice import InvoiceKind, InvoiceStatus, PaidBy


def make_plan(session: Session, **values: Any) -> SubscriptionPlan:
    """A plan of 10 USD a month with a commission of 8 percent."""
    mark = uuid.uuid4().hex[:12]
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "name": f"Plan {mark}",
        "slug": f"plan-{mark}",
        "monthly_price": Decimal("10.00"),
        "yearly_price": Decimal("100.00"),
        "currency": "USD",
        "commission_rate": Decimal("0.080000"),
        "features": {"support": ["mail"]},
    }
    plan = SubscriptionPlan(**(defaults | values))
    session.add(plan)
    session.flush()
    return plan


def make_invoice(session: Session, subscription: Subscription, **values: Any) -> SubscriptionInvoice:
    """An open invoice of the first month of `subscription`, of which no attempt was made yet."""
    start = values.get("period_start", subscription.start_date)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "subscription_id": subscription.id,
        "vendor_id": subscription.vendor_id,
        "kind": InvoiceKind.RENEWAL,
        "status": InvoiceStatus.OPEN,
        "period_start": start,
        "period_end": periods.following(start, subscription.billing_cycle, subscription.billing_anchor_day),
        "charge": subscription.amount,
        "credit": Decimal(0),
        "currency": subscription.currency,
        "issued_at": start,
        "next_attempt_at": start,
    }
    if values.get("status") is InvoiceStatus.PAID:
        defaults |= {"paid_at": now(), "next_attempt_at": None, "paid_by": PaidBy.CARD}
    defaults |= values
    defaults.setdefault("amount", defaults["charge"] - defaults["credit"])
    invoice = SubscriptionInvoice(**defaults)
    session.add(invoice)
    session.flush()
    return invoice


def make_charge(session: Session, invoice: SubscriptionInvoice, **values: Any) -> InvoiceCharge:
    """The next attempt to collect `invoice` by card, under way."""
    number = values.get("number", invoice.attempts + 1)
    params = {"customer": "cus_1", "payment_method": "pm_card_visa", "amount": str(invoice.amount), "currency": "USD"}
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "invoice_id": invoice.id,
        "vendor_id": invoice.vendor_id,
        "number": number,
        "amount": invoice.amount,
        "currency": invoice.currency,
        "queue": QueueName.MONEY,
        "idempotency_key": f"invoice:{invoice.id}:{number}",
        "request_hash": "0" * 64,
        "request_params": params,
        "first_sent_at": now(),
    }
    charge = InvoiceCharge(**(defaults | values))
    session.add(charge)
    session.flush()
    return charge


def make_subscription(
    session: Session, *, vendor: User, plan: SubscriptionPlan | None = None, **values: Any
) -> Subscription:
    """A monthly subscription of `vendor`."""
    plan = plan or make_plan(session)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "vendor_id": vendor.id,
        "plan_id": plan.id,
        "billing_cycle": BillingCycle.MONTHLY,
        "amount": plan.monthly_price,
        "currency": plan.currency,
        "start_date": now(),
        "commission_rate": plan.commission_rate,
    }
    defaults |= values
    defaults.setdefault("billing_anchor_day", defaults["start_date"].day)
    subscription = Subscription(**defaults)
    session.add(subscription)
    session.flush()
    return subscription
