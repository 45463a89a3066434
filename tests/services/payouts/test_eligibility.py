"""What holds a payout: each reason alone, all together, and none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services.payouts.eligibility import reasons, vendor_reasons
from models import Order, OrderItem, Payment, Payout, PayoutHold, PayoutItem, RefundItem, User, VendorProfile
from models.chargeback import ChargebackStatus
from models.dispute import DisputeStatus
from models.payout import HoldSource
from models.refund import RefundBearer, RefundKind, RefundStatus
from models.shipment import ShipmentStatus
from models.user import UserStatus
from tests.factories import (
    make_chargeback,
    make_dispute,
    make_order,
    make_refund,
    make_return,
    make_shipment,
    make_user,
    make_vendor,
)
from tests.factories.payouts import assemble, make_payout

ONE_DAY = dt.timedelta(days=1)


@pytest.fixture
def payout(session):
    return make_payout(session)


def codes(session, payout):
    return [reason.code for reason in reasons(session, [payout.id])[payout.id]]


def order_of(session, payout):
    line = sa.select(Order).join(OrderItem).join(PayoutItem, PayoutItem.order_item_id == OrderItem.id)
    return session.scalars(line.where(PayoutItem.payout_id == payout.id)).one()


def change(session, entity, where, **values):
    session.execute(sa.update(entity).where(where).values(**values).execution_options(synchronize_session=False))


def profile(session, payout, **values):
    change(session, VendorProfile, VendorProfile.vendor_id == payout.vendor_id, **values)


def line(session, payout, **values):
    order = order_of(session, payout)
    change(session, OrderItem, OrderItem.order_id == order.id, **values)


def hold(session, payout, **scope):
    session.add(PayoutHold(vendor_id=payout.vendor_id, source=HoldSource.ADMIN, reason="Under review", **scope))
    session.flush()


REFUNDED_SINCE = {"status": RefundStatus.SUCCEEDED, "processed_at": now() + ONE_DAY}
#: PAY-1, condition by condition: what is done to a payout that nothing holds, and the one reason it then has.
BREAKS = {
    "vendor_not_active": lambda s, p: change(s, User, User.id == p.vendor_id, status=UserStatus.SUSPENDED),
    "payouts_disabled": lambda s, p: profile(s, p, payouts_enabled=False),
    "requirements_past_due": lambda s, p: profile(s, p, requirements_past_due=True),
    "no_destination": lambda s, p: profile(s, p, payout_currencies=["EUR"]),
    "bank_changed": lambda s, p: profile(s, p, bank_changed_at=now() - dt.timedelta(hours=23)),
    "held": hold,
    "not_paid": lambda s, p: change(
        s, Payment, Payment.order_id == order_of(s, p).id, available_on=now() + dt.timedelta(hours=1)
    ),
    "not_delivered": lambda s, p: line(s, p, fulfilled_at=None),
    "hold_period": lambda s, p: line(s, p, fulfilled_at=now() - 7 * ONE_DAY + dt.timedelta(minutes=5)),
    "disputed": lambda s, p: make_dispute(s, order=order_of(s, p)),
    "returning": lambda s, p: make_return(s, shipment=make_shipment(s, order=order_of(s, p))),
    "charged_back": lambda s, p: make_chargeback(s, order_of(s, p), amount=Decimal(1)),
    "refund_running": lambda s, p: make_refund(s, order_of(s, p)),
    "refunded": lambda s, p: make_refund(
        s, order_of(s, p), status=RefundStatus.SUCCEEDED, processed_at=now() + ONE_DAY
    ),
}


def test_nothing_holds_a_payout_that_is_ready(session, payout):
    """PAY-1"""
    assert codes(session, payout) == []
    assert reasons(session, []) == {}


@pytest.mark.parametrize("code", BREAKS)
def test_each_reason_alone(session, payout, code):
    """PAY-1"""
    BREAKS[code](session, payout)
    assert codes(session, payout) == [code]


def test_all_reasons_together(session, payout):
    """PAY-1: every failing reason is told, not the first one."""
    for code, act in BREAKS.items():
        if code != "hold_period":  # It begins with the delivery, which is missing here.
            act(session, payout)
    assert set(codes(session, payout)) == set(BREAKS) - {"hold_period"}


def test_a_vendor_without_account(session, payout):
    """PAY-1, 8: no destination means no payout, which the database demands of `payouts_enabled` too."""
    profile(session, payout, payouts_enabled=False, stripe_account_id=None)
    assert codes(session, payout) == ["no_payout_account", "payouts_disabled"]
    stranger = make_user(session, Role.VENDOR)
    assert codes(session, make_payout(session, vendor=stranger)) == ["no_payout_account", "payouts_disabled"]


def test_a_vendor_who_is_paid_by_hand(session, payout):
    """PAY-13: what is missing at Stripe is nothing to them; only sending the payout is held."""
    nothing_there = {"payouts_enabled": False, "stripe_account_id": None, "payout_currencies": []}
    profile(session, payout, **nothing_there, requirements_past_due=True, paid_by_hand=True)
    assert codes(session, payout) == ["paid_by_hand"]
    assert vendor_reasons(session, [payout.vendor_id])[payout.vendor_id] == []
    BREAKS["held"](session, payout)
    assert [reason.code for reason in vendor_reasons(session, [payout.vendor_id])[payout.vendor_id]] == ["held"]


@pytest.mark.parametrize(("told", "held"), [(None, []), (["EUR", "USD"], []), ([], ["no_destination"])])
def test_currencies_with_a_destination(session, payout, told, held):
    """PAY-1, 8: what Stripe never told holds nothing."""
    profile(session, payout, payout_currencies=told)
    assert codes(session, payout) == held


def test_a_currency_without_destination_holds_only_its_own(session):
    """PAY-1, 8; PAY-14: of a vendor in two currencies the other one goes."""
    vendor = make_vendor(session, profile={"payout_currencies": ["USD"]})
    dollars, euros = (make_payout(session, vendor=vendor, currency=currency) for currency in ("USD", "EUR"))
    assert (codes(session, dollars), codes(session, euros)) == ([], ["no_destination"])
    [reason] = reasons(session, [euros.id])[euros.id]
    assert reason.message == "The vendor has no bank account in EUR at Stripe."


def test_sentences_name_the_order(session, payout):
    """PAY-1: a person reads which order it is about."""
    order = order_of(session, payout)
    make_dispute(session, order=order)
    [reason] = reasons(session, [payout.id])[payout.id]
    assert reason.order_number == order.order_number
    assert reason.message == f"Order {order.order_number}: a dispute is running."


@pytest.mark.parametrize("status", ChargebackStatus)
def test_chargebacks_that_are_not_won_hold(session, payout, status):
    """PAY-1, DSP-9: an inquiry too, until it is closed."""
    make_chargeback(session, order_of(session, payout), status=status)
    harmless = status in {ChargebackStatus.WON, ChargebackStatus.WARNING_CLOSED}
    assert codes(session, payout) == ([] if harmless else ["charged_back"])


@pytest.mark.parametrize("hours", [24, 25])
def test_the_bank_details_cool_off(session, payout, hours):
    """PAY-1, M11: 24 hours by setting; equal counts as over."""
    profile(session, payout, bank_changed_at=now() - dt.timedelta(hours=hours))
    assert codes(session, payout) == []


@pytest.mark.parametrize(("own_days", "age", "held"), [(None, 7, []), (14, 10, ["hold_period"]), (0, 0, [])])
def test_the_hold_period_is_the_vendors_own_or_the_setting(session, payout, own_days, age, held):
    """PAY-1, 3: equal counts as eligible; zero days are a value."""
    profile(session, payout, hold_days=own_days)
    line(session, payout, fulfilled_at=now() - age * ONE_DAY)
    assert codes(session, payout) == held


@pytest.mark.parametrize("status", [DisputeStatus.RESOLVED, DisputeStatus.CLOSED])
def test_an_ended_dispute_holds_nothing(session, payout, status):
    """PAY-1, 4"""
    make_dispute(session, order=order_of(session, payout), status=DisputeStatus.RESOLVED)
    assert codes(session, payout) == []


@pytest.mark.parametrize(
    "values",
    [
        {"status": RefundStatus.REJECTED},
        {"status": RefundStatus.FAILED},
        {"status": RefundStatus.SUCCEEDED, "processed_at": now() - ONE_DAY},
        {**REFUNDED_SINCE, "bearer": RefundBearer.PLATFORM},
    ],
)
def test_refunds_that_hold_nothing(session, payout, values):
    """PAY-1, 5, REF-8: ended without money, counted already, or not at the vendor's expense."""
    make_refund(session, order_of(session, payout), **values)
    assert codes(session, payout) == []


class TestLines:
    @pytest.fixture
    def order(self, session):
        return make_order(session, lines=((2, "30.00"), (1, "40.00")))

    def items(self, session, order):
        return session.scalars(
            sa.select(OrderItem).where(OrderItem.order_id == order.id).order_by(OrderItem.quantity.desc())
        ).all()

    def test_every_unit_must_be_delivered(self, session, order):
        """PAY-1, 2: one of two units was never sent; a cancelled unit need not arrive."""
        two, one = self.items(session, order)
        month_ago = now() - 30 * ONE_DAY
        make_shipment(session, order=order, units={two.id: 1, one.id: 1}, status=ShipmentStatus.DELIVERED, at=month_ago)
        payout = assemble(session, order)
        assert codes(session, payout) == ["not_delivered"]
        change(session, OrderItem, OrderItem.id == two.id, quantity_cancelled=1)
        assert codes(session, payout) == []

    def test_the_hold_begins_with_the_last_parcel(self, session, order):
        """PAY-1, 3"""
        two, one = self.items(session, order)
        for days, units in ((30, {two.id: 1, one.id: 1}), (2, {two.id: 1})):
            at = now() - days * ONE_DAY
            make_shipment(session, order=order, units=units, status=ShipmentStatus.DELIVERED, at=at)
        assert codes(session, assemble(session, order)) == ["hold_period"]

    def test_a_refund_of_another_line_holds_nothing(self, session, order):
        """PAY-1, 5: a refund of lines is about those lines only."""
        two = self.items(session, order)[0]
        change(session, OrderItem, OrderItem.order_id == order.id, fulfilled_at=now() - 30 * ONE_DAY)
        payout = assemble(session, order)
        refund = make_refund(session, order, kind=RefundKind.LINES, amount=Decimal("30.00"))
        session.add(
            RefundItem(refund_id=refund.id, order_item_id=two.id, quantity=1, amount=Decimal("30.00"), currency="USD")
        )
        session.flush()
        assert codes(session, payout) == ["refund_running"]
        dropped = sa.select(PayoutItem.amount).where(PayoutItem.order_item_id == two.id).scalar_subquery()
        change(session, Payout, Payout.id == payout.id, amount=Payout.amount - dropped)
        change(session, PayoutItem, PayoutItem.order_item_id == two.id, released_at=now())
        assert codes(session, payout) == []

    @pytest.mark.parametrize("scope", ["order_id", "order_item_id"])
    def test_holds_on_an_order_or_a_line(self, session, payout, scope):
        """PAY-1, 6, PAY-12: a hold on one order or line, until somebody releases it."""
        order = order_of(session, payout)
        item = session.scalars(sa.select(OrderItem.id).where(OrderItem.order_id == order.id)).one()
        hold(session, payout, **{scope: order.id if scope == "order_id" else item})
        assert codes(session, payout) == ["held"]
        change(session, PayoutHold, sa.true(), released_at=now(), released_by=make_user(session).id)
        assert codes(session, payout) == []

    def test_a_payment_that_never_came_is_none(self, session):
        """PAY-1, 1"""
        order = make_order(session, paid=False)
        change(session, OrderItem, OrderItem.order_id == order.id, fulfilled_at=now() - 30 * ONE_DAY)
        assert codes(session, assemble(session, order)) == ["not_paid"]


def test_many_payouts_take_few_statements(session, engine):
    """PAY-1: the workbench shows a page of payouts with all reasons in a fixed number of statements."""
    vendor = make_vendor(session)
    payouts = [make_payout(session, vendor=vendor).id for _ in range(5)]
    seen = []

    def count(*args):
        seen.append(args[2])

    event.listen(engine, "before_cursor_execute", count)
    try:
        found = reasons(session, payouts)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert list(found) == payouts
    assert len(seen) <= 4, seen
    assert session.scalar(sa.select(sa.func.count()).select_from(Payout)) >= 5
