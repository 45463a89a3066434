"""What finance sees before it pays: one row a vendor and currency, and the order lines behind each (PAY-1, REC-6)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.payouts.earnings import PENDING, pending_earning
from backoffice.services.payouts.eligibility import Reason, line_reasons, pile_reasons
from backoffice.services.payouts.lines import FREE, facts
from models import AccountBalance, LedgerAccount, Order, OrderItem, Payout, PayoutItem, User
from models.ledger import AccountKind
from models.payout import PayoutStatus

#: Rows and lines that one page shows at most.
LIMIT: Final = 200
#: Days after which a debt is older than its class; what is older than the last is in the last (REC-6).
AGES: Final = ((30, "0-30 days"), (60, "31-60 days"), (90, "61-90 days"), (None, "over 90 days"))


@dataclass(slots=True, kw_only=True)
class Pile:
    """What is due to one vendor in one currency, by where it stands."""

    vendor_id: uuid.UUID
    name: str
    currency: str
    #: Not available yet; open and free; open and held.
    pending: Decimal = Decimal(0)
    ready: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    #: When the oldest open entry that the vendor owes was made; none while nothing is owed.
    owed_since: dt.datetime | None = None
    reasons: list[Reason] = field(default_factory=list)
    payouts: list[tuple[uuid.UUID, Decimal]] = field(default_factory=list)

    @property
    def debt(self) -> Decimal:
        """What the vendor owes now, positive (REC-1)."""
        return max(-(self.ready + self.held), Decimal(0))

    def age(self, now: dt.datetime) -> str | None:
        """The class of the debt's age (REC-6)."""
        if not self.debt or self.owed_since is None:
            return None
        days = (now - self.owed_since).days
        return next(label for limit, label in AGES if limit is None or days <= limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """One order line whose earning is not in a payout, with everything that holds it."""

    order_item_id: uuid.UUID
    order_id: uuid.UUID
    order_number: str
    product_name: str
    amount: Decimal
    available: bool
    reasons: list[Reason]


def piles(session: Session) -> list[Pile]:
    """The rows of the workbench, those with most to pay first; never two currencies in one (MON-7, REC-7)."""
    found: dict[tuple[uuid.UUID, str], Pile] = {}

    def pile(row: Any) -> Pile:
        key = (row.vendor_id, row.currency)
        return found.setdefault(key, Pile(vendor_id=row.vendor_id, name="", currency=row.currency))

    for row in session.execute(_open_sums()):
        one = pile(row)
        one.ready, one.held, one.owed_since = row.ready, row.held, row.owed_since
    for row in session.execute(_pending_sums()):
        pile(row).pending = row.amount
    for row in session.execute(_waiting()):
        pile(row).payouts.append((row.id, row.amount))
    rows = sorted(found.values(), key=lambda one: (-len(one.payouts), -one.ready, str(one.vendor_id), one.currency))
    _name(session, rows[:LIMIT])
    return rows[:LIMIT]


def lines(session: Session, vendor_id: uuid.UUID, currency: str) -> list[OpenLine]:
    """The newest order lines of one pile, available or not, with every reason that holds them (PAY-1)."""
    available = sa.exists().where(PayoutItem.order_item_id == OrderItem.id)
    open_ = sa.exists().where(PayoutItem.order_item_id == OrderItem.id, PayoutItem.payout_id.is_(None))
    rows = session.execute(
        facts(
            OrderItem.id,
            OrderItem.order_id,
            Order.order_number,
            OrderItem.product_name,
            pending_earning().label("amount"),
            available.label("available"),
            sa.false().label("refunded"),
        )
        .where(OrderItem.vendor_id == vendor_id, OrderItem.currency == currency, sa.or_(PENDING, open_))
        .where(pending_earning() != 0)
        .order_by(OrderItem.created_at.desc(), OrderItem.id.desc())
        .limit(LIMIT)
    )
    return [
        OpenLine(
            order_item_id=row.id,
            order_id=row.order_id,
            order_number=row.order_number,
            product_name=row.product_name,
            amount=row.amount,
            available=row.available,
            reasons=line_reasons(row),
        )
        for row in rows
    ]


def _open_sums() -> sa.Select[*tuple[Any, ...]]:
    """Open entries by vendor and currency: what is free, and what something holds."""
    line = facts(sa.literal(1)).where(OrderItem.id == PayoutItem.order_item_id).lateral("line")
    free = sa.and_(*(line.c[name] if wanted else ~line.c[name] for name, wanted in FREE.items()))
    ready = sa.or_(PayoutItem.order_item_id.is_(None), free)
    nothing = Decimal(0)
    return (
        sa.select(
            PayoutItem.vendor_id,
            PayoutItem.currency,
            sa.func.coalesce(sa.func.sum(PayoutItem.amount).filter(ready), nothing).label("ready"),
            sa.func.coalesce(sa.func.sum(PayoutItem.amount).filter(~ready), nothing).label("held"),
            sa.func.min(PayoutItem.created_at).filter(PayoutItem.amount < 0).label("owed_since"),
        )
        .outerjoin(line, sa.true())
        .where(PayoutItem.payout_id.is_(None))
        .group_by(PayoutItem.vendor_id, PayoutItem.currency)
    )


def _pending_sums() -> sa.Select[*tuple[Any, ...]]:
    owed: Any = sa.func.sum(-AccountBalance.balance)
    return (
        sa.select(LedgerAccount.vendor_id, LedgerAccount.currency, owed.label("amount"))
        .join(AccountBalance, AccountBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == AccountKind.VENDOR_PENDING)
        .group_by(LedgerAccount.vendor_id, LedgerAccount.currency)
        .having(owed != 0)
    )


def _waiting() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Payout.vendor_id, Payout.currency, Payout.id, Payout.amount)
        .where(Payout.status == PayoutStatus.PENDING)
        .order_by(Payout.created_at, Payout.id)
    )


def _name(session: Session, rows: Sequence[Pile]) -> None:
    """Put name and reasons of the vendor on each row."""
    vendors = {one.vendor_id for one in rows}
    names = {user.id: user.name for user in session.scalars(sa.select(User).where(User.id.in_(vendors)))}
    held = pile_reasons(session, {(one.vendor_id, one.currency) for one in rows})
    for one in rows:
        one.name, one.reasons = names[one.vendor_id], held[one.vendor_id, one.currency]
