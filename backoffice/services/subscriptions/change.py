"""What vendors and admins decide about a subscription: another plan, cancelling, ending at once (SUB-3, SUB-4, B12)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services.guards import require
from backoffice.services.subscriptions import invoices, periods, proration, renew
from backoffice.services.subscriptions.proration import Proration
from backoffice.services.transitions import move
from models import Subscription, SubscriptionInvoice, SubscriptionPlan
from models.subscription import BillingCycle, SubscriptionStatus
from models.subscription_invoice import InvoiceKind, InvoiceStatus, Settlement

_INVOICE: Final = SubscriptionInvoice
_NOT_YOURS = "Only the vendor and admins change a subscription."
_ADMINS_ONLY = "Only admins do this to a subscription."


def quote(
    session: Session, subscription: Subscription, plan: SubscriptionPlan, cycle: BillingCycle, *, now: dt.datetime
) -> Proration | None:
    """What going to `plan` costs now; None when it waits for the end of the period: not dearer, or another cycle.

    Raises `DomainError` when it cannot be done.
    """
    if subscription.status is not SubscriptionStatus.ACTIVE or subscription.next_billing_date is None:
        raise DomainError("Only a subscription that renews can change its plan.", code="not_active")
    if not plan.is_active or plan.deleted_at is not None:
        raise DomainError("This plan is not offered any more.", code="plan_closed")
    if plan.currency != subscription.currency:
        raise DomainError("A running subscription keeps its currency.", code="other_currency")
    if (plan.id, cycle) == (subscription.plan_id, subscription.billing_cycle):
        raise DomainError("This is the plan already.", code="same_plan")
    new = renew.price(plan, cycle)
    if cycle is not subscription.billing_cycle or new <= subscription.amount:
        return None
    if invoices.outstanding(session, subscription):
        raise DomainError("Pay the open invoice first; then the plan can change at once.", code="unpaid")
    begin, end = _period(subscription)
    return proration.upgrade(
        subscription.amount,
        new,
        left=periods.days_left(end, now),
        total=periods.days(begin, end),
        paid=_paid(session, subscription),
        credited=_credited(session, subscription),
        currency=subscription.currency,
    )


def change_plan(
    session: Session,
    subscription: Subscription,
    plan: SubscriptionPlan,
    cycle: BillingCycle,
    *,
    now: dt.datetime,
    acting: Acting,
) -> SubscriptionInvoice | None:
    """A dearer plan holds at once for the difference; anything else from the next period on (SUB-3, SUB-4)."""
    require(acting, Permission.SUBSCRIPTIONS_CHANGE, _NOT_YOURS)
    found = quote(session, subscription, plan, cycle, now=now)
    amount = renew.price(plan, cycle)
    if found is None:
        subscription.next_plan_id, subscription.next_billing_cycle = plan.id, cycle
        subscription.next_amount, subscription.next_commission_rate = amount, plan.commission_rate
        subscription.next_from = now
        session.flush()
        return None
    renew.take_terms(subscription, plan_id=plan.id, cycle=cycle, amount=amount, rate=plan.commission_rate, at=now)
    return invoices.issue(
        session,
        subscription,
        kind=InvoiceKind.PRORATION,
        period=(now, _period(subscription)[1]),
        charge=found.charge,
        credit=min(found.credit, found.charge),
        now=now,
        acting=acting,
    )


def cancel(session: Session, subscription: Subscription, *, reason: str, now: dt.datetime, acting: Acting) -> None:
    """It will not renew; what was paid for lasts until its end. A suspended one has nothing left to last (SUB-4)."""
    require(acting, Permission.SUBSCRIPTIONS_CHANGE, _NOT_YOURS)
    end = subscription.period_end if subscription.status is SubscriptionStatus.ACTIVE else None
    values = {"cancelled_at": now, "end_date": end or now, "next_billing_date": None, "suspended_at": None}
    move(session, subscription, SubscriptionStatus.CANCELLED, acting=acting, reason=reason, values=values)
    renew.forget_terms(subscription)
    session.flush()


def undo_cancel(session: Session, subscription: Subscription, *, now: dt.datetime, acting: Acting) -> None:
    """The vendor stays after all; possible until the end, so that there is no gap (SUB-4, B12)."""
    require(acting, Permission.SUBSCRIPTIONS_KEEP, "Only the vendor takes a cancellation back.")
    end = subscription.end_date
    if end is not None and end <= now:
        raise DomainError("It has ended already; subscribe anew.", code="ended")
    values = {"cancelled_at": None, "end_date": None, "next_billing_date": end}
    move(session, subscription, SubscriptionStatus.ACTIVE, acting=acting, values=values)


def terminate(
    session: Session,
    subscription: Subscription,
    settlement: Settlement,
    *,
    reason: str,
    now: dt.datetime,
    acting: Acting,
) -> Decimal:
    """End it now; `settlement` says what becomes of the rest of the period. Returns what was given (SUB-4)."""
    require(acting, Permission.SUBSCRIPTIONS_MANAGE, _ADMINS_ONLY)
    given = worth(session, subscription, settlement, now=now)
    if settlement is Settlement.OFFSET:
        _take_off(session, subscription, given, now=now, acting=acting)
    elif given > 0:
        invoices.note(session, subscription, credit=given, settlement=settlement, now=now, acting=acting)
    move(
        session,
        subscription,
        SubscriptionStatus.EXPIRED,
        acting=acting,
        actor=Actor.SYSTEM,
        reason=reason,
        values={"end_date": now, "next_billing_date": None, "suspended_at": None},
    )
    renew.forget_terms(subscription)
    session.flush()
    return given


def worth(session: Session, subscription: Subscription, settlement: Settlement, *, now: dt.datetime) -> Decimal:
    """What ending it now gives: of what was paid for the period, or of what is still open of it."""
    if settlement is Settlement.SKIP or subscription.period_start is None or subscription.period_end is None:
        return Decimal(0)
    begin, end = _period(subscription)
    if settlement is Settlement.OFFSET:
        paid = sum((one.amount for one in invoices.outstanding(session, subscription)), Decimal(0))
        credited = Decimal(0)
    else:
        paid, credited = _paid(session, subscription), _credited(session, subscription)
    return proration.credit(
        subscription.amount,
        left=periods.days_left(end, now),
        total=periods.days(begin, end),
        paid=paid,
        credited=credited,
        currency=subscription.currency,
    )


def suspend(session: Session, subscription: Subscription, *, reason: str, now: dt.datetime, acting: Acting) -> None:
    """Stop what the plan gives until an admin reinstates it; new orders pay the default commission (SUB-6)."""
    require(acting, Permission.SUBSCRIPTIONS_MANAGE, _ADMINS_ONLY)
    # From now on it waits for an admin, not for money: neither payment nor the clock ends this suspension.
    values = {"suspended_at": now, "unpaid_since": None}
    move(session, subscription, SubscriptionStatus.SUSPENDED, acting=acting, reason=reason, values=values)


def reinstate(session: Session, subscription: Subscription, *, reason: str, acting: Acting) -> None:
    """Let a suspended subscription run again; what is unpaid stays open."""
    require(acting, Permission.SUBSCRIPTIONS_MANAGE, _ADMINS_ONLY)
    values = {"suspended_at": None, "unpaid_since": None}
    move(session, subscription, SubscriptionStatus.ACTIVE, acting=acting, reason=reason, values=values)


def _period(subscription: Subscription) -> tuple[dt.datetime, dt.datetime]:
    end = subscription.period_end
    if subscription.period_start is None or end is None:
        raise DomainError("This subscription has no period that runs.", code="no_period")
    return subscription.period_start, end


def _paid(session: Session, subscription: Subscription) -> Decimal:
    """What the vendor was charged for the period that runs and has paid, by card, balance or credit."""
    return _sum(session, subscription, _INVOICE.charge, _INVOICE.status == InvoiceStatus.PAID)


def _credited(session: Session, subscription: Subscription) -> Decimal:
    """What was given back of the period that runs; what a renewal took off is of an earlier one."""
    given = (_INVOICE.kind != InvoiceKind.RENEWAL, _INVOICE.status != InvoiceStatus.VOID)
    return _sum(session, subscription, _INVOICE.credit, *given)


def _sum(session: Session, subscription: Subscription, column: Any, *where: sa.ColumnElement[bool]) -> Decimal:
    mine = (_INVOICE.subscription_id == subscription.id, _INVOICE.period_end == subscription.period_end)
    total = session.scalars(sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(*mine, *where)).one()
    return Decimal(total)


def _take_off(
    session: Session, subscription: Subscription, amount: Decimal, *, now: dt.datetime, acting: Acting
) -> None:
    """Lower open invoices by `amount`, newest first: they are about the period that ends."""
    for invoice in reversed(invoices.outstanding(session, subscription)):
        invoices.refuse_while_charged(session, invoice)
        taken = min(amount, invoice.amount)
        amount -= taken
        invoice.credit += taken
        invoice.amount -= taken
        session.flush()
        if invoice.amount == 0:
            invoices.pay(session, invoice, paid_by=None, now=now, acting=acting)
