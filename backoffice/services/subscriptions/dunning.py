"""Fees that could not be collected: tried again on days that the settings name, then suspension and end (SUB-5).

The attempt itself is not made here: `collect` and `charges` report `failed`, or pay by `invoices.pay`.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.services import settings
from backoffice.services.notifications import notify
from backoffice.services.subscriptions import invoices
from backoffice.services.transitions import move
from models import Subscription, SubscriptionInvoice
from models.notification import NotificationType
from models.subscription import SubscriptionStatus
from models.subscription_invoice import InvoiceKind, InvoiceStatus


def due(session: Session, *, now: dt.datetime, limit: int) -> list[SubscriptionInvoice]:
    """Open invoices whose next attempt has come, locked; not those being charged, or that another process has."""
    return list(
        session.scalars(
            sa.select(SubscriptionInvoice)
            .where(
                SubscriptionInvoice.next_attempt_at <= now,
                SubscriptionInvoice.status == InvoiceStatus.OPEN,
                ~invoices.CHARGED,
            )
            .order_by(SubscriptionInvoice.next_attempt_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def failed(
    session: Session, invoice: SubscriptionInvoice, *, attempt: int, why: str, now: dt.datetime, acting: Acting
) -> None:
    """Record that attempt number `attempt` to collect `invoice`, read locked, brought nothing; twice is once.

    What the plan gives stays until the last day of the schedule; then the subscription is suspended.
    """
    if invoice.status is not InvoiceStatus.OPEN or attempt != invoice.attempts + 1:
        return
    days = settings.get(session, "subscriptions.dunning_days")
    invoice.attempts, invoice.dunning_step = attempt, invoice.dunning_step + 1
    invoice.last_failure = why[:200]
    more = invoice.dunning_step < len(days)
    invoice.next_attempt_at = invoice.issued_at + dt.timedelta(days=days[invoice.dunning_step]) if more else None
    subscription = invoices.lock(session, invoice)
    if subscription.status is not SubscriptionStatus.SUSPENDED:
        subscription.unpaid_since = subscription.unpaid_since or now
    session.flush()
    if not more:
        _last_attempt(session, subscription, invoice, now=now, acting=acting)


def method_changed(session: Session, vendor_id: uuid.UUID, *, now: dt.datetime) -> int:
    """Try each unpaid invoice of the vendor once, now, beside the schedule; returns how many."""
    mine = SubscriptionInvoice
    changed = session.execute(
        sa.update(mine)
        .where(
            mine.vendor_id == vendor_id,
            mine.status == InvoiceStatus.OPEN,
            mine.kind != InvoiceKind.CREDIT,
            mine.dunning_step > 0,
            ~invoices.CHARGED,
            sa.or_(mine.next_attempt_at.is_(None), mine.next_attempt_at > now),
        )
        .values(next_attempt_at=now, dunning_step=mine.dunning_step - 1)
        .returning(mine.id)
    )
    return len(changed.all())


def _last_attempt(
    session: Session, subscription: Subscription, invoice: SubscriptionInvoice, *, now: dt.datetime, acting: Acting
) -> None:
    if subscription.status is SubscriptionStatus.EXPIRED:
        move(session, invoice, InvoiceStatus.UNCOLLECTIBLE, acting=acting, actor=Actor.SYSTEM)
    if subscription.status is not SubscriptionStatus.ACTIVE:
        return
    move(
        session,
        subscription,
        SubscriptionStatus.SUSPENDED,
        acting=acting,
        actor=Actor.SYSTEM,
        reason="The fee could not be collected.",
        values={"suspended_at": now},
    )
    notify(
        session,
        [subscription.vendor_id],
        event="subscription.suspended",
        title="Your plan is suspended",
        message="Its fee could not be collected. New orders pay the default commission until it is paid.",
        subject=("subscriptions", subscription.id),
        severity=NotificationType.WARNING,
    )
