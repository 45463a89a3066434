"""What a decision about a vendor does, line by line: foretold from the rows before, counted anew from those after it.

Both halves of a `Line` ask about the same thing from opposite sides of the decision, so that a preview that is not
equal to the effect is a mistake in the rules and not in the arithmetic (VEN-1, VEN-2).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.services.vendors import shop
from backoffice.services.vendors.running import balances, disputes, orders, payouts, returns
from models import PayoutHold, Product, Subscription, UserSession
from models.payout import PayoutStatus
from models.subscription import SubscriptionStatus
from models.user import UserStatus

#: Why sessions of vendors end by a decision.
ENDED: Final = "vendor shut out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One line: how many, and what they come to by currency where they are about money."""

    label: str
    count: int
    amounts: Mapping[str, Decimal]

    def __str__(self) -> str:
        """`Open orders that continue: 2 (20.00 EUR, 5.00 USD)`."""
        sums = ", ".join(money.format_amount(amount, currency) for currency, amount in sorted(self.amounts.items()))
        return f"{self.label}: {self.count:,}" + (f" ({sums})" if sums else "")

    def as_json(self) -> dict[str, Any]:
        """For keeping; amounts as text (MON-1)."""
        amounts = {currency: format(amount, "f") for currency, amount in sorted(self.amounts.items())}
        return {"label": self.label, "count": self.count, "amounts": amounts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Whom a decision is about, what was chosen, and what it is made of once it is carried out."""

    vendor_id: uuid.UUID
    pauses: bool = False
    hold_id: uuid.UUID | None = None
    subscription_id: uuid.UUID | None = None
    #: When the decision began, by the database's clock.
    since: dt.datetime | None = None


Rows: TypeAlias = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What to count before and after; each statement has rows of currency, count and amount."""

    label: str
    before: Callable[[Case], Rows]
    after: Callable[[Case], Rows]


def foretold(session: Session, lines: Sequence[Line], case: Case) -> list[Effect]:
    """What the decision will do."""
    return [effect(session, line.label, line.before(case)) for line in lines]


def counted(session: Session, lines: Sequence[Line], case: Case) -> list[Effect]:
    """What the decision has done, from the rows as they are now."""
    session.flush()
    return [effect(session, line.label, line.after(case)) for line in lines]


def effect(session: Session, label: str, statement: Rows) -> Effect:
    """One line, from the rows of currency, count and amount of `statement`."""
    count, amounts = 0, defaultdict[str, Decimal](Decimal)
    for currency, number, amount in session.execute(statement):
        count += number
        if currency is not None:
            amounts[currency] += amount
    return Effect(label=label, count=count, amounts=dict(amounts))


def _products(standing: UserStatus | None) -> Callable[[Case], Rows]:
    """Products that their vendor lists, where the vendor has that status."""

    def rows(case: Case) -> Rows:
        able = shop.listed() if standing is None else sa.and_(shop.listed(), shop.of_vendor(standing))
        return sa.select(sa.null(), sa.func.count(), sa.null()).where(Product.vendor_id == case.vendor_id, able)

    return rows


def _held(source: Callable[..., Rows], hold: Callable[[Case], sa.ColumnElement[bool]]) -> Callable[[Case], Rows]:
    """Money of the vendor, where the condition about its holds is met."""
    return lambda case: source(case.vendor_id).where(hold(case))


def _pending(vendor_id: uuid.UUID) -> Rows:
    return payouts(vendor_id, PayoutStatus.PENDING)


def _open_holds(case: Case, *which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether all money of the vendor is on hold."""
    scopes = (PayoutHold.order_id.is_(None), PayoutHold.order_item_id.is_(None), PayoutHold.released_at.is_(None))
    return sa.exists().where(PayoutHold.vendor_id == case.vendor_id, *scopes, *which)


def _anyway(_case: Case) -> sa.ColumnElement[bool]:
    return sa.true()


def _by_this(case: Case) -> sa.ColumnElement[bool]:
    return _open_holds(case, PayoutHold.id == case.hold_id)


def _by_no_other(case: Case) -> sa.ColumnElement[bool]:
    return ~_open_holds(case, PayoutHold.id.is_distinct_from(case.hold_id))


def _by_none(case: Case) -> sa.ColumnElement[bool]:
    return ~_open_holds(case)


def _sessions(*which: Callable[[Case], sa.ColumnElement[bool]]) -> Callable[[Case], Rows]:
    return lambda case: sa.select(sa.null(), sa.func.count(), sa.null()).where(
        UserSession.user_id == case.vendor_id, *(one(case) for one in which)
    )


def _subscriptions(which: Callable[[Case], sa.ColumnElement[bool]]) -> Callable[[Case], Rows]:
    """Subscriptions with what a period costs."""
    return lambda case: (
        sa.select(Subscription.currency, sa.func.count(), sa.func.sum(Subscription.amount))
        .where(Subscription.vendor_id == case.vendor_id, which(case))
        .group_by(Subscription.currency)
    )


_RUNNING = Subscription.status != SubscriptionStatus.EXPIRED
_ACTIVE = Subscription.status == SubscriptionStatus.ACTIVE
_PAUSED = Subscription.status == SubscriptionStatus.SUSPENDED


def _the_paused(case: Case) -> sa.ColumnElement[bool]:
    return Subscription.id == case.subscription_id


def _same(label: str, rows: Callable[[uuid.UUID], Rows]) -> Line:
    """What goes on as if nothing had happened."""

    def both(case: Case) -> Rows:
        return rows(case.vendor_id)

    return Line(label=label, before=both, after=both)


_SESSIONS: Final = Line(
    label="Sessions that end",
    before=_sessions(lambda _: UserSession.revoked_at.is_(None)),
    after=_sessions(lambda case: sa.and_(UserSession.revoked_reason == ENDED, UserSession.revoked_at >= case.since)),
)
SUSPENSION: Final = (
    Line(
        label="Products no longer sold",
        before=_products(UserStatus.ACTIVE),
        after=_products(UserStatus.SUSPENDED),
    ),
    _same("Open orders that continue", orders),
    _same("Returns that continue", returns),
    _same("Disputes that continue", disputes),
    Line(label="Payouts held", before=_held(_pending, _anyway), after=_held(_pending, _by_this)),
    Line(label="Available balances held", before=_held(balances, _anyway), after=_held(balances, _by_this)),
    _SESSIONS,
    Line(
        label="Subscriptions that pause",
        before=_subscriptions(lambda case: sa.and_(sa.literal(case.pauses), _ACTIVE)),
        after=_subscriptions(lambda case: sa.and_(_the_paused(case), _PAUSED)),
    ),
    Line(
        label="Subscriptions that keep running",
        before=_subscriptions(lambda case: sa.and_(_RUNNING, ~_PAUSED, ~sa.and_(sa.literal(case.pauses), _ACTIVE))),
        after=_subscriptions(lambda _: sa.and_(_RUNNING, ~_PAUSED)),
    ),
)
REINSTATEMENT: Final = (
    Line(label="Products sold again", before=_products(UserStatus.SUSPENDED), after=_products(UserStatus.ACTIVE)),
    Line(label="Payouts no longer held", before=_held(_pending, _by_no_other), after=_held(_pending, _by_none)),
    Line(
        label="Available balances no longer held",
        before=_held(balances, _by_no_other),
        after=_held(balances, _by_none),
    ),
    Line(
        label="Subscriptions that run again",
        before=_subscriptions(lambda case: sa.and_(_the_paused(case), _PAUSED)),
        after=_subscriptions(lambda case: sa.and_(_the_paused(case), _ACTIVE)),
    ),
)
TERMINATION: Final = (
    Line(label="Products never sold again", before=_products(None), after=_products(UserStatus.INACTIVE)),
    _SESSIONS,
    Line(
        label="Subscriptions that end",
        before=_subscriptions(lambda _: _RUNNING),
        after=_subscriptions(lambda case: sa.and_(_the_paused(case), ~_RUNNING)),
    ),
)
