"""A dispute opened while a payout waits drops its line; afterwards it is a recovery (PAY-6)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.database import session_factory
from backoffice.gateways.payments import Succeeded
from backoffice.permissions import Role
from backoffice.services.ledger import balances
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import drop, manage, send
from backoffice.services.payouts.eligibility import reasons
from models import Order, OrderItem, Payout, PayoutItem
from models.dispute import DisputeStatus
from models.payout import PayoutStatus
from tests.factories import acting_for, items_of, make_dispute, make_order, make_user, make_vendor
from tests.factories.payouts import assemble, earn, take
from tests.models.refusals import settle


def fulfilled(session, vendor, price):
    order = make_order(session, vendor=vendor, lines=((1, price),))
    for item in items_of(session, order):
        item.fulfilled_at = now()
    session.flush()
    return order


@pytest.fixture
def vendor(session):
    return make_vendor(session)


def both(session, vendor):
    """A pending payout of two orders, 54.00 and 36.00, and the first order."""
    first, second = fulfilled(session, vendor, "60.00"), fulfilled(session, vendor, "40.00")
    for order in (first, second):
        earn(session, order)
    return take(session, vendor.id, "USD"), first


def test_a_dispute_before_the_release_drops_its_line(session, vendor):
    """PAY-6, PAY-4, PAY-5: the payout is smaller, has another hash and version, and the line is open again."""
    payout, order = both(session, vendor)
    before, version = payout.items_hash, payout.version
    make_dispute(session, order=order, status=DisputeStatus.OPEN)
    assert drop.disputed(session) == 1
    settle(session)
    session.refresh(payout)
    assert (payout.amount, payout.status) == (Decimal("36.00"), PayoutStatus.PENDING)
    assert payout.items_hash != before
    assert payout.version > version
    line = items_of(session, order)[0].id
    open_ = sa.select(PayoutItem.amount).where(PayoutItem.order_item_id == line, PayoutItem.payout_id.is_(None))
    assert session.scalars(open_).all() == [Decimal("54.00")]
    assert balances.available(session, vendor.id, "USD") == Decimal("54.00")
    assert drop.disputed(session) == 0
    assert verify(session).complaints == []


def test_a_payout_of_disputed_lines_only_stays(session, vendor):
    """PAY-6, PAY-1: it cannot be released while the dispute runs."""
    order = fulfilled(session, vendor, "60.00")
    payout = assemble(session, order)
    make_dispute(session, order=order, status=DisputeStatus.OPEN)
    assert drop.disputed(session) == 0
    assert (payout.status, payout.amount) == (PayoutStatus.PENDING, Decimal("54.00"))
    assert "disputed" in {reason.code for reason in reasons(session, [payout.id])[payout.id]}


def test_a_dispute_after_the_release_changes_nothing_of_it(session, vendor):
    """PAY-6: what is under way stays; a refund that follows is netted by the next payout (REC-1)."""
    order = fulfilled(session, vendor, "60.00")
    session.execute(
        sa.update(OrderItem)
        .where(OrderItem.order_id == order.id)
        .values(fulfilled_at=sa.text("now() - interval '30 d'"))
    )
    payout = assemble(session, order)
    clerk = acting_for(make_user(session, Role.FINANCE))
    what = send.begin(session, payout, acting=clerk)
    make_dispute(session, order=order, status=DisputeStatus.OPEN)
    assert drop.disputed(session) == 0
    assert send.settle(session, payout, what, Succeeded(id="tr_1", status="created"), acting=clerk)
    assert (payout.status, payout.amount) == (PayoutStatus.COMPLETED, Decimal("54.00"))
    assert session.get_one(Order, order.id)


def test_a_payout_that_was_released_meanwhile_is_left_alone(clean_database):
    """PAY-6: the sweep read it as pending, waits for whoever releases it, and looks again."""
    factory = session_factory(clean_database)
    with factory.begin() as session:
        payout, order = both(session, make_vendor(session))
        make_dispute(session, order=order, status=DisputeStatus.OPEN)
        payout_id = payout.id
    with factory() as cancelling, ThreadPoolExecutor(1) as pool:
        row = cancelling.scalars(sa.select(Payout).where(Payout.id == payout_id).with_for_update()).one()
        manage.cancel(cancelling, row, reason="No.", acting=acting_for(make_user(cancelling, Role.FINANCE)))
        cancelling.flush()
        sweep = pool.submit(sweep_once, factory)
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
        while not cancelling.scalar(waiting):
            time.sleep(0.02)
        cancelling.commit()
        assert sweep.result(20) == 0


def sweep_once(factory):
    with factory.begin() as session:
        return drop.disputed(session)
