"""The workbench: what is due to whom, by where it stands, and the lines behind it (PAY-1, REC-6, MON-7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.services.payouts import assemble, earnings, workbench
from backoffice.services.payouts.eligibility import vendor_reasons
from models import OrderItem, PayoutItem, User, VendorProfile
from models.dispute import DisputeStatus
from models.vendor_profile import PayoutSchedule
from tests.factories import make_dispute, make_order, make_vendor
from tests.factories.payouts import make_hold, make_payout
from tests.services.payouts.test_take_back import owe


@pytest.fixture
def vendor(session):
    return make_vendor(session)


def order(session, vendor, price="100.00", currency="USD", *, days=30):
    """One digital line, fulfilled so many days ago."""
    made = make_order(session, vendor=vendor, lines=((1, price),), currency=currency)
    then = sa.func.now() - dt.timedelta(days=days)
    session.execute(sa.update(OrderItem).where(OrderItem.order_id == made.id).values(fulfilled_at=then))
    return made


def piles(session, vendor):
    return {one.currency: one for one in workbench.piles(session) if one.vendor_id == vendor.id}


def test_a_row_for_each_vendor_and_currency(session, vendor):
    """REC-7, MON-7: pending, held and ready are three amounts, and no two currencies in one row."""
    order(session, vendor)
    order(session, vendor, "50.00", days=1)
    order(session, vendor, "2000", "JPY")
    disputed = order(session, vendor, "30.00")
    assert earnings.release(session, vendors=[vendor.id]) == 3
    make_dispute(session, order=disputed, status=DisputeStatus.OPEN)
    found = piles(session, vendor)
    assert {code: (one.pending, one.held, one.ready) for code, one in found.items()} == {
        "USD": (Decimal("45.00"), Decimal("27.00"), Decimal("90.00")),
        "JPY": (Decimal(0), Decimal(0), Decimal(1800)),
    }
    assert {one.name for one in found.values()} == {session.get_one(User, vendor.id).name}


def test_a_currency_without_bank_account(session):
    """PAY-1, 8: the reason stands beside that currency only."""
    vendor = make_vendor(session, profile={"payout_currencies": ["USD"]})
    order(session, vendor)
    order(session, vendor, "50.00", "EUR")
    earnings.release(session, vendors=[vendor.id])
    found = piles(session, vendor)
    reasons = {code: [reason.code for reason in one.reasons] for code, one in found.items()}
    assert reasons == {"USD": [], "EUR": ["no_destination"]}


def test_reasons_of_the_vendor_and_payouts_that_wait(session, vendor):
    """PAY-1, PAY-12."""
    payout = make_payout(session, vendor=vendor)
    make_hold(session, vendor=vendor)
    [one] = piles(session, vendor).values()
    assert one.payouts == [(payout.id, payout.amount)]
    assert [reason.code for reason in one.reasons] == ["held"]
    of_vendors = vendor_reasons(session, {vendor.id})
    assert [reason.code for reason in of_vendors[vendor.id]] == ["held"]


def test_who_is_paid_by_hand_is_not_offered_for_release(session):
    """PAY-13: the workbench offers a tick where nothing stops a payout; putting one together is not stopped."""
    vendor = make_vendor(session, profile={"paid_by_hand": True, "payouts_enabled": False})
    make_payout(session, vendor=vendor)
    [one] = piles(session, vendor).values()
    assert [reason.code for reason in one.reasons] == ["paid_by_hand"]
    assert vendor_reasons(session, {vendor.id})[vendor.id] == []


def test_the_lines_behind_a_row_with_all_that_holds_each(session, vendor):
    """PAY-1: every failing reason, available or not."""
    free, young = order(session, vendor), order(session, vendor, "50.00", days=1)
    earnings.release(session, vendors=[vendor.id])
    make_dispute(session, order=young, status=DisputeStatus.OPEN)
    found = {line.order_number: line for line in workbench.lines(session, vendor.id, "USD")}
    assert [reason.code for reason in found[young.order_number].reasons] == ["hold_period", "disputed"]
    assert (found[free.order_number].reasons, found[free.order_number].available) == ([], True)
    assert (found[young.order_number].available, found[young.order_number].amount) == (False, Decimal("45.00"))
    assert workbench.lines(session, vendor.id, "EUR") == []


@pytest.mark.parametrize(
    ("days", "label"), [(0, "0-30 days"), (31, "31-60 days"), (61, "61-90 days"), (91, "over 90 days")]
)
def test_a_debt_has_an_age(session, vendor, days, label):
    """REC-6: 0-30, 31-60, 61-90, over 90 days; no age without a debt."""
    payout = make_payout(session, vendor=vendor)
    [one] = piles(session, vendor).values()
    assert (one.debt, one.age(now())) == (0, None)
    owe(session, payout, "20.00")
    [one] = piles(session, vendor).values()
    assert one.debt == Decimal("20.00")
    assert one.age(now() + dt.timedelta(days=days)) == label


def test_payouts_are_put_together_once_a_period(session, vendor):
    """PAY-3, J16: by the vendor's schedule, else the platform's; never with `manual`."""
    order(session, vendor)
    earnings.release(session, vendors=[vendor.id])
    schedule = sa.update(VendorProfile).where(VendorProfile.vendor_id == vendor.id)
    session.execute(schedule.values(payout_schedule=PayoutSchedule.MANUAL))
    assert vendor.id not in assemble.due(session)
    for value in (PayoutSchedule.DAILY, PayoutSchedule.MONTHLY, None):
        session.execute(schedule.values(payout_schedule=value))
        assert vendor.id in assemble.due(session)
    [payout] = assemble.assemble(session, vendors=[vendor.id], acting=Acting.system("test"))
    order(session, vendor)
    earnings.release(session, vendors=[vendor.id])
    assert vendor.id not in assemble.due(session)
    assert session.scalar(sa.select(PayoutItem.amount).where(PayoutItem.payout_id == payout.id)) == Decimal("90.00")
    assert assemble.assemble(session, vendors=[], acting=Acting.system("test")) == []
