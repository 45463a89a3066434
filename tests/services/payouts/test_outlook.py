"""What a vendor may expect: balances by currency, and the day of the next payout (PAY-3, MON-7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.services.payouts import assemble, earnings
from backoffice.services.payouts.outlook import Balance, next_day, outlook
from models import VendorProfile
from models.vendor_profile import PayoutSchedule as S
from tests.factories import make_vendor
from tests.factories.money import make_delivered_order
from tests.models.refusals import settle

SUNDAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("schedule", "today", "expected"),
    [
        (S.DAILY, SUNDAY, dt.date(2026, 11, 23)),
        (S.WEEKLY, SUNDAY, dt.date(2026, 11, 23)),
        (S.WEEKLY, dt.date(2026, 11, 23), dt.date(2026, 11, 30)),
        (S.MONTHLY, dt.date(2026, 12, 31), dt.date(2027, 1, 1)),
        (S.MONTHLY, dt.date(2026, 2, 1), dt.date(2026, 3, 1)),
        (S.MANUAL, SUNDAY, None),
    ],
)
def test_the_next_period_begins(schedule, today, expected):
    """PAY-3: days, weeks from Monday, or months, in UTC; by hand there is no day."""
    assert next_day(schedule, today) == expected


def test_money_is_pending_then_available_then_under_way(session):
    """LED-4, MON-7: each currency for itself, from the day of the sale to the payout."""
    vendor, other = make_vendor(session), make_vendor(session)
    make_delivered_order(session, vendor=vendor, lines=((1, "10.00"),), currency="USD", rate="0", days=0)
    make_delivered_order(session, vendor=vendor, lines=((1, "500"),), currency="JPY", rate="0", days=0)
    make_delivered_order(session, vendor=other, lines=((1, "99.00"),), currency="USD", rate="0", days=0)
    found = outlook(session, vendor.id, SUNDAY).balances
    assert found == [
        Balance(currency="JPY", pending=Decimal(500)),
        Balance(currency="USD", pending=Decimal("10.00")),
    ]
    make_delivered_order(session, vendor=vendor, lines=((1, "30.00"),), currency="USD", rate="0")
    earnings.release(session)
    [_, dollars] = outlook(session, vendor.id, SUNDAY).balances
    assert (dollars.pending, dollars.available, dollars.under_way) == (Decimal(10), Decimal(30), Decimal(0))
    assemble.assemble(session, vendors=[vendor.id], acting=Acting.system("scheduler"))
    settle(session)
    [_, dollars] = outlook(session, vendor.id, SUNDAY).balances
    assert (dollars.pending, dollars.available, dollars.under_way) == (Decimal(10), Decimal(0), Decimal(30))


def test_the_own_schedule_comes_before_the_platform_s(session):
    vendor = make_vendor(session)
    assert outlook(session, vendor.id, SUNDAY).schedule is S.WEEKLY
    session.execute(
        sa.update(VendorProfile).where(VendorProfile.vendor_id == vendor.id).values(payout_schedule=S.MANUAL)
    )
    found = outlook(session, vendor.id, SUNDAY)
    assert (found.schedule, found.next_day) == (S.MANUAL, None)
