"""The sweep finds what a look at everything would, at every step of a random story (E3, PAY-1)."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.database import session_factory
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import earnings
from backoffice.services.payouts.lines import facts, free
from models import Journal, Order, OrderItem, VendorProfile
from models.chargeback import ChargebackStatus
from models.journal import JournalEvent
from models.order import OrderStatus
from models.shipment import ShipmentStatus
from tests.factories import (
    items_of,
    make_chargeback,
    make_dispute,
    make_hold,
    make_order,
    make_payment,
    make_refund,
    make_shipment,
    make_user,
    make_vendor,
)

STEPS = 80
FREEING = ("do_order", "do_pay", "do_deliver", "do_close", "do_release", "do_reject", "do_win")


class World:
    """Orders of two vendors to which everything happens that may free a line, or hold it."""

    def __init__(self, session: Session, pick: random.Random) -> None:
        self.session = session
        self.pick = pick

    def step(self) -> str:
        """Do one of the things below; its name."""
        names = [name for name in dir(World) if name.startswith("do_")]
        # What frees lines comes more often than what holds them, or nothing would ever be free.
        name = self.pick.choice([*names, *(name for name in names if name.startswith(FREEING))])
        getattr(self, name)()
        self.session.flush()
        return name

    def sql(self, statement: str, **values: object) -> None:
        """What somebody else writes."""
        self.session.execute(sa.text(statement), values)

    def order(self) -> Order:
        return self.pick.choice(list(self.session.scalars(sa.select(Order).order_by(Order.id))))

    def line(self) -> OrderItem:
        return self.pick.choice(items_of(self.session, self.order()))

    def ago(self) -> dt.datetime:
        return now() - dt.timedelta(days=self.pick.choice([0, 1, 4, 8, 20]))

    def do_order(self) -> None:
        vendors = list(self.session.scalars(sa.select(VendorProfile.vendor_id).order_by(VendorProfile.vendor_id)))
        vendor = self.session.get_one(type(make_user(self.session)), self.pick.choice(vendors))
        make_order(self.session, vendor=vendor, lines=((2, "10.00"), (1, "5.00")), paid=self.pick.random() < 0.7)

    def do_pay(self) -> None:
        order = self.order()
        self.sql("UPDATE orders SET status = 'confirmed' WHERE id = :id AND status = 'pending'", id=order.id)
        if not self.session.scalar(sa.text("SELECT count(*) FROM payments WHERE order_id = :id"), {"id": order.id}):
            make_payment(self.session, order)

    def do_deliver_digital(self) -> None:
        line = self.line()
        line.fulfilled_at = line.fulfilled_at or self.ago()

    def do_deliver_parcel(self) -> None:
        order = self.order()
        shipped = "SELECT count(*) FROM shipments WHERE order_id = :id"
        if order.status is OrderStatus.CONFIRMED and not self.session.scalar(sa.text(shipped), {"id": order.id}):
            at = self.ago()
            make_shipment(self.session, order=order, status=ShipmentStatus.DELIVERED, delivered_at=at, shipped_at=at)

    def do_cancel_units(self) -> None:
        self.sql(
            "UPDATE order_items AS i SET quantity_cancelled = quantity - 1 WHERE id = :id"
            " AND NOT EXISTS (SELECT FROM shipment_items WHERE order_item_id = i.id)",
            id=self.line().id,
        )

    def do_cancel(self) -> None:
        self.sql(
            "UPDATE orders SET status = 'cancelled', cancelled_at = now()"
            " WHERE id = :id AND status IN ('pending', 'confirmed')",
            id=self.order().id,
        )

    def do_dispute(self) -> None:
        order = self.order()
        running = "SELECT count(*) FROM disputes WHERE order_id = :id AND status = 'open'"
        if not self.session.scalar(sa.text(running), {"id": order.id}):
            make_dispute(self.session, order=order)

    def do_close_dispute(self) -> None:
        self.sql("UPDATE disputes SET status = 'closed' WHERE status = 'open'")

    def do_hold(self) -> None:
        line = self.line()
        order = self.session.get_one(Order, line.order_id)
        vendor = self.session.get_one(type(make_user(self.session)), order.vendor_id)
        scope = self.pick.choice([{"order_id": order.id}, {"order_item_id": line.id}])
        make_hold(self.session, vendor=vendor, **scope)

    def do_release_holds(self) -> None:
        who = make_user(self.session).id
        self.sql("UPDATE payout_holds SET released_at = now(), released_by = :who WHERE released_at IS NULL", who=who)

    def do_ask_for_refund(self) -> None:
        order = self.order()
        paid = (
            "SELECT count(*) FROM payments AS p WHERE order_id = :id AND captured_amount - refund_reserved > 1"
            " AND NOT EXISTS (SELECT FROM chargebacks WHERE payment_id = p.id)"
        )
        if self.session.scalar(sa.text(paid), {"id": order.id}):
            make_refund(self.session, order)

    def do_reject_refunds(self) -> None:
        self.sql("UPDATE refunds SET status = 'rejected', rejection_note = 'No.' WHERE status = 'requested'")

    def do_chargeback(self) -> None:
        order = self.order()
        free = (
            "SELECT count(*) FROM payments AS p WHERE order_id = :id AND captured_amount > 0 AND refund_reserved = 0"
            " AND NOT EXISTS (SELECT FROM chargebacks WHERE payment_id = p.id)"
        )
        if self.session.scalar(sa.text(free), {"id": order.id}):
            make_chargeback(self.session, order, status=ChargebackStatus.UNDER_REVIEW)

    def do_win_chargebacks(self) -> None:
        self.sql("UPDATE chargebacks SET status = 'won', closed_at = now() WHERE status = 'under_review'")

    def do_payment_comes_late(self) -> None:
        days = self.pick.choice([-1, 2, 5])
        self.sql(f"UPDATE payments SET available_on = now() + interval '{days} days' WHERE order_id = :id",
                 id=self.order().id)  # fmt: skip

    def do_hold_days_of_one(self) -> None:
        profile = self.pick.choice(list(self.session.scalars(sa.select(VendorProfile).order_by(VendorProfile.id))))
        profile.hold_days = self.pick.choice([None, 0, 3, 14])

    def do_hold_days_of_all(self) -> None:
        days = self.pick.choice(["0", "2", "7", "10"])
        self.sql("UPDATE platform_settings SET value = CAST(:days AS jsonb) WHERE key = 'payouts.hold_days'", days=days)


def pass_time(owner_url, days):
    """Days pass, which no trigger sees: every moment moves into the past, as do the looks."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, column in (
            ("order_items", "fulfilled_at"),
            ("shipments", "delivered_at"),
            ("payments", "available_on"),
            ("payments", "processed_at"),
            ("pending_earnings", "look_at"),
        ):
            connection.execute(f"UPDATE {table} SET {column} = {column} - interval '{days} days'")


def free_lines(session):
    """What a look at every line finds."""
    amount = earnings.pending_earning()
    return set(session.scalars(facts(OrderItem.id).where(earnings.PENDING, free(), amount != Decimal(0))))


def released(session):
    """The lines whose earning is available."""
    return set(session.scalars(sa.select(Journal.source_id).where(Journal.event == JournalEvent.EARNING_AVAILABLE)))


@pytest.mark.parametrize("seed", range(4))
def test_the_sweep_releases_what_a_look_at_everything_would(clean_database, owner_url, seed):
    """E3, PAY-1: after every step, whatever happened and however much time passed."""
    factory, pick = session_factory(clean_database), random.Random(seed)
    with factory.begin() as session:
        make_vendor(session), make_vendor(session)
        for _ in range(3):
            World(session, pick).do_order()
    done, steps = 0, []
    for _ in range(STEPS):
        if pick.random() < 0.25:
            pass_time(owner_url, days := pick.choice([1, 3, 6]))
            steps.append(f"{days} days")
        else:
            with factory.begin() as session:
                steps.append(World(session, pick).step())
        with factory.begin() as session:
            wanted, before = free_lines(session), released(session)
            count = earnings.release(session)
            assert (count, released(session) - before) == (len(wanted), wanted), steps
            done += count
    assert done > 3, steps
    with factory.begin() as session:
        assert not [one for one in verify(session).complaints if "wait for their earning" in one]
