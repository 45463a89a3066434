"""Plans, and vendors' subscriptions to them."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import Subscription, SubscriptionPlan, User
from models.base import uuid7
from models.subscription import BillingCycle


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
    }
    subscription = Subscription(**(defaults | values))
    session.add(subscription)
    session.flush()
    return subscription
