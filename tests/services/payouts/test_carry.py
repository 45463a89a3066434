"""What Stripe cannot carry of a balance goes into the next payout, itemised and once (MON-3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import assemble, drop, manage
from backoffice.services.payouts.statement import statement
from models import PlatformSetting
from tests.factories import make_dispute, make_vendor
from tests.factories.money import balance, clerk_of, pay_out
from tests.models.refusals import settle
from tests.services.payouts.test_assemble import items, sold, sweep


@pytest.fixture
def vendor(session):
    return make_vendor(session)


def set_minimum(session, value):
    change = sa.update(PlatformSetting).where(PlatformSetting.key == assemble.MINIMUM)
    session.execute(change.values(value=value))


@pytest.mark.parametrize(
    ("currency", "first", "paid", "second", "then"),
    [
        ("KWD", "5.124", "5.120", "4.006", "4.010"),
        ("HUF", "10.45", "10.00", "5.55", "6.00"),
        ("TWD", "10.45", "10.00", "5.54", "5.00"),
    ],
)
def test_it_goes_over_to_the_next_payout(session, vendor, currency, first, paid, second, then):
    """MON-3, PAY-4, REC-4: the largest part that can be sent now, the rest once and by an entry of its own."""
    sold(session, vendor, first, currency)
    [payout] = sweep(session)
    rest = Decimal(first) - Decimal(paid)
    assert (payout.amount, items(session, payout)) == (Decimal(paid), [-rest, Decimal(first)])
    assert balance(session, vendor.id, currency=currency) == rest
    assert sweep(session) == []
    pay_out(session, payout)
    sold(session, vendor, second, currency)
    [later] = sweep(session)
    assert later.amount == Decimal(then)
    assert rest in items(session, later)
    assert balance(session, vendor.id, currency=currency) == rest + Decimal(second) - Decimal(then)


def test_both_statements_say_so(session, vendor):
    """MON-3: the vendor can follow it to the last digit."""
    clerk = clerk_of(session)
    sold(session, vendor, "5.124", "KWD")
    [payout] = sweep(session)
    sold(session, vendor, "4.006", "KWD")
    [later] = sweep(session)
    told = [{entry.what: entry.other for entry in statement(session, one.id, clerk).entries} for one in (payout, later)]
    assert told[0]["Carried over to the next payout"] == Decimal("-0.004")
    assert told[1]["Carried over from an earlier payout"] == Decimal("0.004")


def test_a_cancelled_one_leaves_nothing_behind(session, vendor):
    """MON-3, PAY-3: the two entries cancel, and the next payout is the same sum."""
    sold(session, vendor, "5.124", "KWD")
    [payout] = sweep(session)
    manage.cancel(session, payout, reason="Wrong.", acting=clerk_of(session))
    [again] = sweep(session)
    assert again.amount == payout.amount
    assert balance(session, vendor.id, currency="KWD") == Decimal("0.004")


def test_less_than_can_be_sent_waits(session, vendor):
    """MON-3, PAY-2: the minimum is of what is sent."""
    set_minimum(session, {"KWD": "5.125"})
    sold(session, vendor, "5.129", "KWD")
    assert sweep(session) == []
    set_minimum(session, {})
    vendor = make_vendor(session)
    sold(session, vendor, "0.009", "KWD")
    assert [payout.vendor_id == vendor.id for payout in sweep(session)] == [False]


def test_it_is_dropped_from_in_whole_steps(session, vendor):
    """MON-3, PAY-6: what is left after a disputed line went is made sendable again."""
    first, disputed = sold(session, vendor, "5.124", "KWD"), sold(session, vendor, "2.003", "KWD")
    [payout] = sweep(session)
    assert payout.amount == Decimal("7.120")
    make_dispute(session, order=disputed)
    assert drop.disputed(session) == 1
    settle(session)
    assert (first.currency, payout.amount) == ("KWD", Decimal("5.110"))
    assert verify(session).complaints == []
    assert balance(session, vendor.id, currency="KWD") == Decimal("2.017")
