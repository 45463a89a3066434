"""Which entries become a payout, and which wait (PAY-2, PAY-3, PAY-14, REC-1, REC-3, REC-7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.database import session_factory
from backoffice.errors import DomainError
from backoffice.permissions import Role
from backoffice.services.ledger.journal import lines_of
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import assemble, by_hand, earnings, send
from models import Journal, Payout, PayoutItem, PlatformSetting, StatusHistory, VendorProfile
from models.journal import JournalEvent
from models.payout import PayoutStatus
from models.user import UserStatus
from tests.factories import acting_for, make_dispute, make_hold, make_user, make_vendor
from tests.factories.money import balance, make_delivered_order, make_paid_refund, pay_out
from tests.models.refusals import settle

SCHEDULER = Acting.system("scheduler")


def sweep(session, **which):
    """What a run of the scheduler does; the book is whole after it."""
    earnings.release(session)
    payouts = assemble.assemble(session, acting=SCHEDULER, **which)
    settle(session)
    assert verify(session).complaints == []
    return payouts


def sold(session, vendor, price, currency="USD", rate="0"):
    return make_delivered_order(session, vendor=vendor, lines=((1, price),), currency=currency, rate=rate)


def items(session, payout):
    return sorted(session.scalars(sa.select(PayoutItem.amount).where(PayoutItem.payout_id == payout.id)))


@pytest.fixture
def vendor(session):
    return make_vendor(session)


def test_a_currency_without_bank_account_waits(session):
    """PAY-1, 8, PAY-14: it is put together once there is one; the other currency is not held up."""
    vendor = make_vendor(session, profile={"payout_currencies": ["USD"]})
    sold(session, vendor, "100.00")
    sold(session, vendor, "50.00", "EUR")
    assert [payout.currency for payout in sweep(session)] == ["USD"]
    session.execute(sa.update(VendorProfile).values(payout_currencies=["EUR", "USD"]))
    assert [payout.currency for payout in sweep(session)] == ["EUR"]


def test_a_vendor_without_account_who_is_paid_by_hand(session):
    """PAY-13: a payout is put together for somebody to settle; without that arrangement the money waits."""
    vendor = make_vendor(session, profile={"payouts_enabled": False, "stripe_account_id": None})
    sold(session, vendor, "100.00")
    assert sweep(session) == []
    session.execute(sa.update(VendorProfile).values(paid_by_hand=True))
    [payout] = sweep(session)
    clerk = acting_for(make_user(session, Role.FINANCE))
    with pytest.raises(DomainError, match="paid by hand; settle it"):
        send.begin(session, payout, acting=clerk)
    by_hand.settle(session, payout, reference="BANK-1", paid_on=payout.created_at.date(), acting=clerk)
    assert payout.status is PayoutStatus.COMPLETED


def test_a_refund_after_payout_is_carried_until_earnings_cover_it(session, vendor):
    """REC-3: 90.00 paid out; a refund of 50.00 makes -45.00; 30.00 more makes no payout; 40.00 more makes one of 25.00.

    REC-1: the payout that is closed stays as it is.
    """
    order = sold(session, vendor, "100.00", rate="0.1")
    [first] = sweep(session)
    assert first.amount == Decimal("90.00")
    pay_out(session, first)
    refund = make_paid_refund(session, order, "50.00")
    lines = {line.kind.value: line.amount for line in _lines(session, refund)}
    assert lines == {
        "vendor_available": Decimal("45.00"),
        "commission_revenue": Decimal("5.00"),
        "psp_clearing": Decimal("-50.00"),
    }
    assert (sweep(session), balance(session, vendor.id)) == ([], Decimal("-45.00"))
    sold(session, vendor, "30.00")
    assert (sweep(session), balance(session, vendor.id)) == ([], Decimal("-15.00"))
    sold(session, vendor, "40.00")
    [second] = sweep(session)
    assert (second.amount, items(session, second)) == (
        Decimal("25.00"),
        [Decimal("-45.00"), Decimal("30.00"), Decimal("40.00")],
    )
    assert balance(session, vendor.id) == 0
    session.refresh(first)
    assert (first.status, first.amount, items(session, first)) == (
        PayoutStatus.COMPLETED,
        Decimal("90.00"),
        [Decimal("90.00")],
    )


def _lines(session, refund):
    journal = sa.select(Journal.id).where(
        Journal.source_id == refund.id, Journal.event == JournalEvent.REFUND_SUCCEEDED
    )
    return lines_of(session, session.scalars(journal).one())


class TestMinimum:
    @pytest.mark.parametrize(
        ("currency", "below", "least"),
        [("USD", "9.99", "10.00"), ("JPY", "999", "1000"), ("KWD", "2.990", "3.000"), ("CHF", None, "0.01")],
    )
    def test_equal_is_enough_and_less_carries_over(self, session, vendor, currency, below, least):
        """PAY-2: by currency; where none is set, anything above zero."""
        if below is not None:
            sold(session, vendor, below, currency)
            assert sweep(session) == []
            least = str(Decimal(least) - Decimal(below))
        sold(session, vendor, least, currency)
        [payout] = sweep(session)
        assert (payout.currency, payout.amount) == (currency, Decimal(below or 0) + Decimal(least))

    @pytest.mark.parametrize(("given", "left"), [("50.00", "0"), ("60.00", "-10.00")])
    def test_zero_or_less_is_no_payout(self, session, vendor, given, left):
        """PAY-2: whatever the setting says."""
        session.execute(
            sa.update(PlatformSetting).where(PlatformSetting.key == assemble.MINIMUM).values(value={"USD": "0"})
        )
        order = sold(session, vendor, "100.00")
        [payout] = sweep(session)
        pay_out(session, payout)
        make_paid_refund(session, order, given)
        sold(session, vendor, "50.00")
        assert (sweep(session), balance(session, vendor.id)) == ([], Decimal(left))


class TestPiles:
    def test_one_payout_a_currency(self, session, vendor):
        """PAY-14, MON-7: no conversion, no sum over two currencies."""
        for price, currency in (("100.00", "USD"), ("20000", "JPY"), ("50.000", "KWD"), ("11.00", "USD")):
            sold(session, vendor, price, currency)
        payouts = {payout.currency: payout.amount for payout in sweep(session)}
        assert payouts == {"USD": Decimal("111.00"), "JPY": Decimal(20000), "KWD": Decimal("50.000")}
        kept = sa.select(PayoutItem.currency, Payout.currency).join(Payout, Payout.id == PayoutItem.payout_id)
        assert all(item == payout for item, payout in session.execute(kept))

    def test_a_debt_in_one_currency_is_not_taken_from_another(self, session, vendor):
        """REC-7: never net across currencies."""
        order = sold(session, vendor, "100.00", "EUR")
        [payout] = sweep(session)
        pay_out(session, payout)
        make_paid_refund(session, order, "60.00")
        sold(session, vendor, "100.00", "USD")
        [payout] = sweep(session)
        assert (payout.currency, payout.amount) == ("USD", Decimal("100.00"))
        assert balance(session, vendor.id, currency="EUR") == Decimal("-60.00")

    def test_one_payout_a_vendor(self, session, vendor):
        """PAY-14"""
        other = make_vendor(session)
        for who, price in ((vendor, "10.00"), (other, "20.00"), (vendor, "30.00")):
            sold(session, who, price)
        assert {payout.vendor_id: payout.amount for payout in sweep(session)} == {
            vendor.id: Decimal("40.00"), other.id: Decimal("20.00"),
        }  # fmt: skip

    def test_only_the_vendors_that_were_named(self, session, vendor):
        """PAY-3"""
        for who in (vendor, make_vendor(session)):
            sold(session, who, "10.00")
        assert [payout.vendor_id for payout in sweep(session, vendors=[vendor.id])] == [vendor.id]

    def test_it_says_from_when_to_when_and_that_it_was_made(self, session, vendor):
        """PAY-3, STM-1"""
        sold(session, vendor, "10.00")
        [payout] = sweep(session)
        assert payout.period_start is not None
        assert payout.period_start <= payout.period_end
        [step] = session.scalars(sa.select(StatusHistory).where(StatusHistory.entity_id == payout.id))
        assert (step.from_status, step.to_status, step.actor) == (None, PayoutStatus.PENDING, "S")


class TestHeld:
    def test_a_held_vendor_gets_none(self, session, vendor):
        """PAY-1, 6"""
        make_hold(session, vendor=vendor)
        sold(session, vendor, "10.00")
        assert sweep(session) == []

    def test_a_suspended_vendor_gets_none(self, session, vendor):
        """PAY-1, 6; the earnings of open orders still accrue (VEN-1)."""
        sold(session, vendor, "10.00")
        vendor.status = UserStatus.SUSPENDED
        session.flush()
        assert (sweep(session), balance(session, vendor.id)) == ([], Decimal("10.00"))

    def test_a_disputed_line_stays_out_and_debts_do_not(self, session, vendor):
        """PAY-6, REC-2: the line is left out, what the vendor owes is taken."""
        paid, disputed, free = (sold(session, vendor, price) for price in ("50.00", "70.00", "90.00"))
        earnings.release(session)
        make_paid_refund(session, paid, "20.00")
        make_dispute(session, order=disputed)
        [payout] = sweep(session)
        assert (payout.amount, items(session, payout)) == (
            Decimal("120.00"),
            [Decimal("-20.00"), Decimal("50.00"), Decimal("90.00")],
        )
        assert free.vendor_id == vendor.id


def test_a_second_sweep_creates_nothing(session, vendor):
    """PAY-3"""
    sold(session, vendor, "100.00")
    assert len(sweep(session)) == 1
    assert sweep(session) == []


def test_two_workers_make_one_payout(clean_database):
    """PAY-3: the sweep from two workers at once."""
    factory = session_factory(clean_database)
    with factory.begin() as session:
        vendor = make_vendor(session)
        for _ in range(3):
            sold(session, vendor, "50.00")
        earnings.release(session)
    start = Barrier(2)

    def one():
        with factory.begin() as session:
            session.execute(sa.text("SELECT 1"))
            start.wait()
            return len(assemble.assemble(session, acting=SCHEDULER))

    with ThreadPoolExecutor(2) as pool:
        made = sorted(future.result() for future in [pool.submit(one), pool.submit(one)])
    assert made == [0, 1]
    with factory.begin() as session:
        [payout] = session.scalars(sa.select(Payout))
        assert payout.amount == Decimal("150.00")
        assert verify(session).complaints == []
