"""Which subscription a vendor had at a moment, and its commission rate, inside other statements (COM-1, SUB-6)."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from models import StatusHistory, Subscription
from models.subscription import SubscriptionStatus

#: Cancelled means "will not renew": what was paid for lasts until `end_date` (SUB-4).
ENTITLED: Final = (SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED)
#: Of a vendor's subscriptions, the one that gives its rate now: there is one at most (SUB-1).
ENTITLED_NOW: Final = sa.and_(
    Subscription.status.in_(ENTITLED),
    sa.or_(Subscription.end_date.is_(None), Subscription.end_date > sa.func.now()),
)
RATE: Final = Subscription.commission_rate


def rates(vendor_id: Any, moment: Any) -> sa.FromClause:
    """LATERAL `id, rate` of the subscription that gave `vendor_id` its plan's rate at `moment`; no row without one.

    The status of then is read from the history, so a suspension counts for new orders only (SUB-6).
    """
    then = (
        sa.select(StatusHistory.to_status)
        .where(
            StatusHistory.entity_id == Subscription.id,
            StatusHistory.entity == Subscription.__tablename__,
            StatusHistory.field == "status",
            StatusHistory.created_at <= moment,
        )
        .order_by(StatusHistory.created_at.desc(), StatusHistory.id.desc())
        .limit(1)
        .correlate_except(StatusHistory)
        .scalar_subquery()
    )
    # An order that was placed before a change of plan keeps the rate of then.
    rate = sa.case(
        (Subscription.commission_rate_since > moment, Subscription.previous_commission_rate),
        else_=Subscription.commission_rate,
    )
    return (
        sa.select(Subscription.id, rate.label("rate"))
        .where(
            Subscription.vendor_id == vendor_id,
            Subscription.start_date <= moment,
            sa.or_(Subscription.end_date.is_(None), Subscription.end_date > moment),
            sa.func.coalesce(then, SubscriptionStatus.ACTIVE.value).in_([status.value for status in ENTITLED]),
        )
        .order_by(Subscription.start_date.desc())
        .limit(1)
        .lateral("subscribed")
    )
