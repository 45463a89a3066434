"""Subscriptions that are over: cancelled ones, fixed terms, and those unpaid for too long (SUB-4, SUB-5)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.services import settings
from backoffice.services.subscriptions import invoices, renew
from backoffice.services.transitions import move
from models import Subscription
from models.subscription import SubscriptionStatus
from models.subscription_invoice import InvoiceStatus


def expire(session: Session, *, now: dt.datetime, limit: int, acting: Acting) -> int:
    """Expire what has come to its end, and give up what is unpaid of it; returns how many."""
    patience = dt.timedelta(days=settings.get(session, "subscriptions.expire_after_days"))
    over = sa.or_(
        sa.and_(
            Subscription.status.in_([SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED]),
            Subscription.end_date <= now,
        ),
        # Whom an admin suspended waits for that admin.
        sa.and_(
            Subscription.status == SubscriptionStatus.SUSPENDED,
            Subscription.unpaid_since.is_not(None),
            Subscription.suspended_at <= now - patience,
        ),
    )
    query = sa.select(Subscription).where(over).order_by(Subscription.id).limit(limit)
    ended = session.scalars(query.with_for_update(skip_locked=True)).all()
    for subscription in ended:
        _expire(session, subscription, now=now, acting=acting)
    return len(ended)


def _expire(session: Session, subscription: Subscription, *, now: dt.datetime, acting: Acting) -> None:
    unpaid = subscription.status is SubscriptionStatus.SUSPENDED
    values = {"end_date": subscription.end_date or now, "next_billing_date": None, "suspended_at": None}
    move(session, subscription, SubscriptionStatus.EXPIRED, acting=acting, actor=Actor.SYSTEM, values=values)
    renew.forget_terms(subscription)
    session.flush()
    for invoice in invoices.outstanding(session, subscription) if unpaid else []:
        none = {"next_attempt_at": None}
        move(session, invoice, InvoiceStatus.UNCOLLECTIBLE, acting=acting, actor=Actor.SYSTEM, values=none)
