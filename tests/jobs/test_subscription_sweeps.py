"""What the scheduler does about subscriptions."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.jobs import sweeps
from models.subscription import SubscriptionStatus
from tests.factories import make_subscription, make_vendor


def test_what_was_cancelled_ends(session: Session) -> None:
    """SUB-4, J16: once its end has come; a second run finds nothing."""
    past = now() - dt.timedelta(days=1)
    values = {"status": SubscriptionStatus.CANCELLED, "cancelled_at": past, "start_date": past - dt.timedelta(days=9)}
    over = make_subscription(session, vendor=make_vendor(session), end_date=past, **values)
    runs = make_subscription(session, vendor=make_vendor(session), end_date=now() + dt.timedelta(days=1), **values)
    for _ in range(2):
        sweeps.end_subscriptions(session)
    assert (over.status, runs.status) == (SubscriptionStatus.EXPIRED, SubscriptionStatus.CANCELLED)
