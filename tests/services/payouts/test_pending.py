"""What the sweep looks at: never less than what is free, whatever freed it, and not what waits for an event (E3)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from backoffice.clock import now
from backoffice.database import session_factory
from backoffice.jobs import sweeps
from backoffice.services.payouts import earnings
from models import Order, OrderItem, PendingEarning
from models.order import OrderStatus
from tests.factories import items_of, make_group, make_order
from tests.factories.money import make_delivered_order
from tests.factories.order_groups import make_group_payment, orders_of


def looks(session):
    """When each pending line is looked at."""
    rows = session.execute(sa.select(PendingEarning.order_item_id, PendingEarning.look_at))
    return {row.order_item_id: row.look_at for row in rows}


def is_due(session, order):
    """Whether the next sweep looks at any line of `order`."""
    mine = (PendingEarning.order_item_id == OrderItem.id, OrderItem.order_id == order.id)
    return bool(session.scalar(sa.select(sa.exists().where(*mine, PendingEarning.look_at <= sa.func.now()))))


class TestLooks:
    def test_a_line_waits_from_its_order_until_its_earning(self, session):
        """E3: a row as long as the journal is not there."""
        order = make_delivered_order(session)
        [line] = items_of(session, order)
        assert list(looks(session)) == [line.id]
        assert earnings.release(session) == 1
        assert looks(session) == {}

    def test_time_alone_is_known_beforehand(self, session):
        """PAY-1: the end of the hold, or of the wait for the payment, whichever is first."""
        order = make_delivered_order(session, days=2)
        [line] = items_of(session, order)
        assert earnings.release(session) == 0
        assert looks(session) == {line.id: line.fulfilled_at + dt.timedelta(days=7)}
        soon = now() + dt.timedelta(days=3)
        session.execute(sa.text("UPDATE payments SET available_on = :soon"), {"soon": soon})
        earnings.release(session)
        assert looks(session) == {line.id: soon}

    def test_a_payment_of_several_orders_is_waited_for_by_all_of_them(self, session):
        """PAY-1, MON-6: each order has a share, and looks again when anything about the payment changes."""
        soon = now() + dt.timedelta(days=3)
        group = make_group(session, paid=False)
        orders = orders_of(session, group)
        session.execute(sa.update(OrderItem).values(fulfilled_at=now() - dt.timedelta(days=30)))
        earnings.release(session)
        assert not any(is_due(session, order) for order in orders)
        make_group_payment(session, group, available_on=soon)
        assert all(is_due(session, order) for order in orders)
        assert earnings.release(session) == 0
        assert set(looks(session).values()) == {soon}
        session.execute(sa.text("UPDATE payments SET available_on = now()"))
        assert all(is_due(session, order) for order in orders)
        assert earnings.release(session) == 2

    def test_what_needs_more_than_time_is_left_alone(self, session):
        """E3: nothing is delivered, or nothing is left of it, so no sweep looks until something happens."""
        undelivered = make_order(session)
        assert earnings.release(session) == 0
        assert set(looks(session).values()) == {None}
        items_of(session, undelivered)[0].fulfilled_at = now()
        session.flush()
        assert is_due(session, undelivered)

    def test_the_hold_of_a_vendor_or_of_all_changes(self, session):
        """PAY-1: who waits for a moment is looked at anew; another setting changes nothing."""
        order = make_delivered_order(session, days=2)
        for change, due in (
            ("UPDATE vendor_profiles SET bank_changed_at = NULL", False),
            ("UPDATE vendor_profiles SET hold_days = 9", True),
            ("UPDATE platform_settings SET value = '5' WHERE key = 'payouts.hold_days'", True),
            ("UPDATE platform_settings SET value = '71' WHERE key = 'operations.approval_hours'", False),
            ("DELETE FROM platform_settings WHERE key = 'payouts.hold_days'", True),
        ):
            earnings.release(session)
            session.execute(sa.text(change))
            assert is_due(session, order) is due, change

    def test_a_person_has_all_lines_of_the_vendor_looked_at(self, session):
        """E3: whatever the marker says."""
        order = make_delivered_order(session)
        session.execute(sa.update(PendingEarning).values(look_at=None))
        assert earnings.release(session) == 0
        assert earnings.release(session, vendors=[order.vendor_id]) == 1


class TestNet:
    def test_once_a_day_every_line_is_looked_at(self, session):
        """E3: a line that no trigger saw, and one whose time is wrong, are both found."""
        first, second = make_delivered_order(session), make_delivered_order(session)
        session.execute(sa.update(PendingEarning).values(look_at=None))
        session.execute(sa.delete(PendingEarning).where(PendingEarning.order_item_id == items_of(session, first)[0].id))
        assert earnings.look_again(session) == 1
        assert earnings.release(session) == 2
        assert earnings.look_again(session) == 0
        assert {row.status for row in (first, second)} == {OrderStatus.DELIVERED}

    def test_the_scheduler_says_that_it_happened(self, session, caplog):
        """E3: a line that nobody knew of is a fault of ours."""
        make_delivered_order(session)
        sweeps.look_at_earnings(session)
        assert caplog.messages == []
        session.execute(sa.delete(PendingEarning))
        sweeps.look_at_earnings(session)
        assert caplog.messages == ["1 order lines were pending, and no sweep would have looked at them."]

    def test_what_somebody_changes_now_is_not_waited_for(self, clean_database):
        """E3: neither by the sweep nor by the daily look; the change has the line looked at again."""
        factory = session_factory(clean_database)
        with factory.begin() as session:
            order_id = make_delivered_order(session).id
        with factory.begin() as other, factory.begin() as session:
            other.execute(sa.update(Order).where(Order.id == order_id).values(status=OrderStatus.REFUNDED))
            assert (earnings.release(session), earnings.look_again(session)) == (0, 0)
        with factory.begin() as session:
            assert earnings.release(session) == 1
