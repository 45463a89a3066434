"""Reading figures: a period beside the one before it, for all vendors or for one, in one currency (MON-7)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import DailyFigure, Subscription
from models.figure import Measure
from models.subscription import BillingCycle, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class Sums:
    """What a measure comes to: how many, their amounts in the currency, and how long they took in seconds."""

    number: int = 0
    amount: Decimal = Decimal(0)
    seconds: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.number + other.number, self.amount + other.amount, self.seconds + other.seconds)


ByMeasure: TypeAlias = Mapping[Measure, Sums]
NOTHING = Sums()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days, the last included."""

    since: dt.date
    until: dt.date

    @property
    def days(self) -> list[dt.date]:
        """Every day, in order."""
        return [self.since + dt.timedelta(days=at) for at in range((self.until - self.since).days + 1)]

    @property
    def before(self) -> Period:
        """As many days, ending the day before this one begins."""
        last = self.since - dt.timedelta(days=1)
        return Period(since=last - (self.until - self.since), until=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one currency: each day of the period, and the sums of the period and of the one before."""

    days: Mapping[dt.date, ByMeasure]
    now: ByMeasure
    before: ByMeasure


def figures(session: Session, vendor_id: uuid.UUID | None, period: Period, *, money: bool = True) -> dict[str, Figures]:
    """Everything of the period by currency, the one with most orders first, in one statement.

    Without `money` all of them together under no currency, and without amounts (ACC-3).
    """
    whose = DailyFigure.vendor_id.is_(None) if vendor_id is None else DailyFigure.vendor_id == vendor_id
    found = session.execute(
        sa.select(
            DailyFigure.currency,
            DailyFigure.day,
            DailyFigure.measure,
            DailyFigure.number,
            sa.func.coalesce(DailyFigure.amount, 0),
            sa.func.coalesce(DailyFigure.seconds, 0),
        ).where(whose, DailyFigure.day >= period.before.since, DailyFigure.day <= period.until)
    )
    rows: dict[str, list[tuple[dt.date, Measure, Sums]]] = {}
    for currency, day, measure, number, amount, seconds in found:
        sums = Sums(number, amount if money else Decimal(0), seconds)
        rows.setdefault(currency if money else "", []).append((day, measure, sums))
    made = {currency: _figures(own, period) for currency, own in rows.items()}
    orders = {currency: one.now.get(Measure.ORDERS, NOTHING).number for currency, one in made.items()}
    return {currency: made[currency] for currency in sorted(made, key=lambda one: (-orders[one], one))}


def recurring(session: Session, vendor_id: uuid.UUID | None, currency: str) -> Decimal:
    """What the subscriptions that run bring a month, in the currency (MRR)."""
    monthly = sa.case(
        (Subscription.billing_cycle == BillingCycle.YEARLY, Subscription.amount / 12), else_=Subscription.amount
    )
    running = sa.select(sa.func.coalesce(sa.func.sum(monthly), 0)).where(
        Subscription.status == SubscriptionStatus.ACTIVE,
        Subscription.currency == currency,
        *(() if vendor_id is None else (Subscription.vendor_id == vendor_id,)),
    )
    total: Decimal = session.scalars(running).one()
    return total


def _figures(rows: Sequence[tuple[dt.date, Measure, Sums]], period: Period) -> Figures:
    days: dict[dt.date, dict[Measure, Sums]] = {}
    now: dict[Measure, Sums] = {}
    before: dict[Measure, Sums] = {}
    for day, measure, sums in rows:
        whole = now if day >= period.since else before
        whole[measure] = whole.get(measure, NOTHING) + sums
        if day >= period.since:
            own = days.setdefault(day, {})
            own[measure] = own.get(measure, NOTHING) + sums
    return Figures(days=days, now=now, before=before)
