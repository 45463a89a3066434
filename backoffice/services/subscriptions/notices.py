"""Telling vendors of new terms before a renewal brings them (SUB-1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.services import settings
from backoffice.services.notifications import Note, send
from models import Subscription, SubscriptionPlan
from models.notification import NotificationType
from models.subscription import BillingCycle, SubscriptionStatus


def tell(session: Session, *, now: dt.datetime, limit: int) -> int:
    """Tell those whose plan was edited, and let the first renewal after the notice bring it; returns how many."""
    wait = dt.timedelta(days=settings.get(session, "subscriptions.notice_days"))
    mine, plan = Subscription, SubscriptionPlan
    price = sa.case((mine.billing_cycle == BillingCycle.MONTHLY, plan.monthly_price), else_=plan.yearly_price)
    rate = plan.commission_rate
    differs = sa.or_(
        sa.func.coalesce(mine.next_amount, mine.amount) != price,
        sa.func.coalesce(mine.next_commission_rate, mine.commission_rate) != rate,
    )
    # Who has chosen another plan or cycle for the next period gets what was agreed.
    stays = sa.or_(
        mine.next_from.is_(None),
        sa.and_(mine.next_plan_id == mine.plan_id, mine.next_billing_cycle == mine.billing_cycle),
    )
    found = session.execute(
        sa.select(mine, price, rate)
        .join(plan, plan.id == mine.plan_id)
        .where(mine.status == SubscriptionStatus.ACTIVE, plan.currency == mine.currency, differs, stays)
        .order_by(mine.id)
        .limit(limit)
        .with_for_update(of=mine, skip_locked=True)
    ).all()
    for subscription, amount, commission in found:
        subscription.next_plan_id, subscription.next_billing_cycle = subscription.plan_id, subscription.billing_cycle
        subscription.next_amount, subscription.next_commission_rate = amount, commission
        subscription.next_from = now + wait
    session.flush()
    send(session, [_note(*row) for row in found], event="subscription.new_terms", severity=NotificationType.INFO)
    return len(found)


def _note(subscription: Subscription, amount: Any, commission: Any) -> Note:
    fee = money.format_amount(amount, subscription.currency)
    return Note(
        user_id=subscription.vendor_id,
        title="The terms of your plan change",
        message=f"From the first renewal after {subscription.next_from:%Y-%m-%d} on it costs {fee} a period, and"
        f" commission is {(commission * 100).normalize():f} %.",
        subject=("subscriptions", subscription.id),
    )
