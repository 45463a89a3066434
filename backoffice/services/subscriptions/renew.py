"""Beginning a subscription, and its next period when one is over (SUB-1, SUB-2)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services.guards import require
from backoffice.services.subscriptions import invoices, periods
from models import Subscription, SubscriptionInvoice, SubscriptionPlan, User
from models.base import uuid7
from models.subscription import BillingCycle, SubscriptionStatus
from models.subscription_invoice import InvoiceKind


def price(plan: SubscriptionPlan, cycle: BillingCycle) -> Decimal:
    """What `plan` costs a period."""
    return plan.monthly_price if cycle is BillingCycle.MONTHLY else plan.yearly_price


def start(
    session: Session, vendor: User, plan: SubscriptionPlan, cycle: BillingCycle, *, now: dt.datetime, acting: Acting
) -> Subscription:
    """Subscribe `vendor` to `plan` from `now` on: price, currency and rate are copied, the first period is invoiced.

    The database refuses a second one beside it (SUB-1).
    """
    require(acting, Permission.SUBSCRIPTIONS_CHANGE, "Only the vendor and admins begin a subscription.")
    if not plan.is_active:
        raise DomainError("This plan is not offered any more.", code="plan_closed")
    subscription = Subscription(
        id=uuid7(),
        vendor_id=vendor.id,
        plan_id=plan.id,
        billing_cycle=cycle,
        amount=price(plan, cycle),
        currency=plan.currency,
        commission_rate=plan.commission_rate,
        start_date=now,
        next_billing_date=now,
        billing_anchor_day=now.astimezone(dt.UTC).day,
    )
    session.add(subscription)
    session.flush()
    renew(session, subscription, now=now, acting=acting)
    return subscription


def due(session: Session, *, now: dt.datetime, limit: int) -> list[Subscription]:
    """Active subscriptions whose period is over, locked; those that another process works on are left to it."""
    return list(
        session.scalars(
            sa.select(Subscription)
            .where(Subscription.status == SubscriptionStatus.ACTIVE, Subscription.next_billing_date <= now)
            .order_by(Subscription.next_billing_date)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def renew(
    session: Session, subscription: Subscription, *, now: dt.datetime, acting: Acting
) -> SubscriptionInvoice | None:
    """Begin the period after the one that is over, with its invoice; None when that exists already (SUB-2).

    `subscription` is read locked and renews. Each call is one period, so that after a pause none is left out.
    """
    begin = subscription.next_billing_date
    if begin is None:
        raise ValueError("a subscription that ends is not renewed")
    _bring_terms(subscription, begin)
    end = periods.following(begin, subscription.billing_cycle, subscription.billing_anchor_day)
    subscription.period_start, subscription.next_billing_date = begin, end
    return invoices.issue(
        session,
        subscription,
        kind=InvoiceKind.RENEWAL,
        period=(begin, end),
        charge=subscription.amount,
        now=now,
        acting=acting,
    )


def take_terms(
    subscription: Subscription,
    *,
    plan_id: uuid.UUID,
    cycle: BillingCycle,
    amount: Decimal,
    rate: Decimal,
    at: dt.datetime,
) -> None:
    """Give the subscription other terms; orders placed before `at` keep the rate of then (COM-1)."""
    if rate != subscription.commission_rate:
        subscription.previous_commission_rate = subscription.commission_rate
        subscription.commission_rate_since = at
    subscription.plan_id = plan_id
    subscription.billing_cycle, subscription.amount, subscription.commission_rate = cycle, amount, rate
    forget_terms(subscription)


def forget_terms(subscription: Subscription) -> None:
    """Drop what a later renewal would have brought."""
    subscription.next_plan_id = subscription.next_billing_cycle = subscription.next_amount = None
    subscription.next_commission_rate = subscription.next_from = None


def _bring_terms(subscription: Subscription, begin: dt.datetime) -> None:
    """What was decided or told before this period, if anything; the database keeps the five columns together."""
    plan_id, cycle, since = subscription.next_plan_id, subscription.next_billing_cycle, subscription.next_from
    amount, rate = subscription.next_amount, subscription.next_commission_rate
    if plan_id and cycle and amount is not None and rate is not None and since is not None and since <= begin:
        take_terms(subscription, plan_id=plan_id, cycle=cycle, amount=amount, rate=rate, at=begin)
