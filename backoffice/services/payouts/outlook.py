"""What a vendor may expect: the balance of each currency, and when the next payout is put together (PAY-3)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services import settings
from models import AccountBalance, LedgerAccount, Payout, VendorProfile
from models.ledger import AccountKind
from models.payout import PayoutStatus
from models.vendor_profile import PayoutSchedule

_UNDER_WAY = (PayoutStatus.PENDING, PayoutStatus.PROCESSING, PayoutStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a vendor has in one currency; never summed over several (MON-7)."""

    currency: str
    #: Earned, but the hold period is not over.
    pending: Decimal = Decimal(0)
    #: What the next payout is made of; negative when the vendor owes it (REC-1).
    available: Decimal = Decimal(0)
    #: In payouts that have not arrived.
    under_way: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The balances, and the day (UTC) on which the next payout is put together; None when a person does it."""

    balances: list[Balance]
    schedule: PayoutSchedule
    next_day: dt.date | None


def outlook(session: Session, vendor_id: uuid.UUID, today: dt.date) -> Outlook:
    """The vendor's outlook in two statements."""
    chosen = session.scalar(
        sa.select(sa.func.coalesce(VendorProfile.payout_schedule, settings.text("payouts.assemble"))).where(
            VendorProfile.vendor_id == vendor_id
        )
    )
    schedule = PayoutSchedule(chosen) if chosen else PayoutSchedule.MANUAL
    found: dict[str, dict[str, Decimal]] = {}
    rows: Any = session.execute(sa.union_all(_booked(vendor_id), _paid(vendor_id)))
    for currency, name, amount in rows:
        found.setdefault(currency, {})[name] = amount
    balances = [Balance(currency=currency, **found[currency]) for currency in sorted(found)]
    return Outlook(balances=balances, schedule=schedule, next_day=next_day(schedule, today))


def next_day(schedule: PayoutSchedule, today: dt.date) -> dt.date | None:
    """The day after `today` on which a period of the schedule begins: days, weeks from Monday, or months (PAY-3)."""
    match schedule:
        case PayoutSchedule.DAILY:
            return today + dt.timedelta(days=1)
        case PayoutSchedule.WEEKLY:
            return today + dt.timedelta(days=7 - today.weekday())
        case PayoutSchedule.MONTHLY:
            return (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return None


def _booked(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """Pending and available, as the ledger has them; what is owed to the vendor is positive."""
    names = {AccountKind.VENDOR_PENDING: "pending", AccountKind.VENDOR_AVAILABLE: "available"}
    return (
        sa.select(
            LedgerAccount.currency,
            sa.case(*((LedgerAccount.kind == kind, sa.literal(name)) for kind, name in names.items())),
            -sa.func.sum(AccountBalance.balance),
        )
        .join(AccountBalance, AccountBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.vendor_id == vendor_id, LedgerAccount.kind.in_(names))
        .group_by(LedgerAccount.currency, LedgerAccount.kind)
    )


def _paid(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Payout.currency, sa.literal("under_way"), sa.func.sum(Payout.amount))
        .where(Payout.vendor_id == vendor_id, Payout.status.in_(_UNDER_WAY))
        .group_by(Payout.currency)
    )
