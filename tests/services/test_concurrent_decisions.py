"""Two people decide at the same moment: real connections, real locks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.database import session_factory
from backoffice.errors import DomainError
from backoffice.permissions import Role
from backoffice.services import orders, parcels, products, returns, review_queue, review_queues, scope, shipments
from backoffice.services.returns import Counted
from backoffice.services.shipment_tracking import Report
from models import Order, Product, Refund, Return, ReviewLease, ShipmentItem, StatusHistory
from models.order import OrderStatus
from models.product import ProductStatus
from models.returns import ReturnStatus
from models.shipment import ShipmentStatus
from tests.factories import (
    acting_for,
    items_of,
    make_category,
    make_order,
    make_product,
    make_return,
    make_shipment,
    make_shipping_method,
    make_user,
    make_vendor,
)

Work = Callable[[Session], object]


def at_once(engine: sa.Engine, *works: Work) -> list[object]:
    """Run each work in a transaction of its own, all started at the same moment; refusals are results too."""
    start, new_session = Barrier(len(works)), session_factory(engine)

    def run(work: Work) -> object:
        with new_session() as session:
            session.connection()
            start.wait()
            try:
                result = work(session)
            except DomainError as refused:
                return refused.code
            session.commit()
            return result

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


def staff(session: Session, role: Role = Role.ADMIN) -> Acting:
    return acting_for(make_user(session, role))


def test_a_product_is_decided_once(clean_database: sa.Engine) -> None:
    """STM-1: compare-and-set; four moderators, one history row a product, in whatever order they name them."""
    with session_factory(clean_database)() as session:
        ids = [make_product(session).id for _ in range(30)]
        people = [staff(session) for _ in range(4)]
        session.commit()

    def decide(who: Acting, order: list[uuid.UUID]) -> Work:
        return lambda session: sum(
            outcome.moved for outcome in products.approve(session, dict.fromkeys(order), acting=who)
        )

    moved = at_once(
        clean_database, *(decide(who, ids[::step]) for who, step in zip(people, (1, -1, 1, -1), strict=True))
    )
    assert sorted(map(int, map(str, moved))) == [0, 0, 0, 30]
    with session_factory(clean_database)() as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(StatusHistory))
        assert count == len(ids)


def test_parcels_of_one_order_never_deadlock(clean_database: sa.Engine) -> None:
    """ORD-2: two clerks update two parcels of the same orders in opposite order; the orders end up delivered."""
    with session_factory(clean_database)() as session:
        pairs = []
        for _ in range(5):
            order = make_order(session, lines=[(2, "10.00")])
            [item] = items_of(session, order)
            pairs.append([make_shipment(session, order=order, units={item.id: 1}).id for _ in range(2)])
        clerks = [staff(session, Role.LOGISTICS) for _ in range(2)]
        session.commit()

    def deliver(who: Acting, ids: list[uuid.UUID]) -> Work:
        report = Report(status=ShipmentStatus.DELIVERED, proof="At the door.")
        return lambda session: shipments.update(session, dict.fromkeys(ids), report, acting=who)

    first = [pair[0] for pair in pairs]
    second = [pair[1] for pair in reversed(pairs)]
    at_once(clean_database, deliver(clerks[0], first), deliver(clerks[1], second))
    with session_factory(clean_database)() as session:
        assert set(session.scalars(sa.select(Order.status))) == {OrderStatus.DELIVERED}


def test_an_order_is_cancelled_once_and_never_while_it_leaves(clean_database: sa.Engine) -> None:
    """ORD-4: of two cancellations one asks for the refund; against a pick-up one of the two gives way."""
    with session_factory(clean_database)() as session:
        order = make_order(session)
        racing = make_order(session)
        parcel = make_shipment(session, order=racing)
        admins, clerk = [staff(session) for _ in range(2)], staff(session, Role.LOGISTICS)
        session.commit()
        ids = order.id, racing.id, parcel.id

    def cancel(who: Acting, order_id: uuid.UUID) -> Work:
        return lambda session: str(orders.cancel(session, order_id, reason="Twice.", acting=who).status)

    results = at_once(clean_database, *(cancel(who, ids[0]) for who in admins))
    assert sorted(map(str, results)) == ["cancelled", "illegal_transition"]

    def pick_up(session: Session) -> object:
        return shipments.update(session, {ids[2]: None}, Report(status=ShipmentStatus.PICKED_UP), acting=clerk)[ids[2]]

    cancelled, picked = at_once(clean_database, cancel(admins[0], ids[1]), pick_up)
    assert isinstance(picked, shipments.Updated)
    assert (cancelled == "cancelled") == (picked.refused == "voided")
    with session_factory(clean_database)() as session:
        refunds = session.scalars(sa.select(Refund.order_id)).all()
        assert refunds.count(ids[0]) == 1
        assert refunds.count(ids[1]) == (1 if cancelled == "cancelled" else 0)


def test_two_reviewers_who_ask_at_once_get_two_items(clean_database: sa.Engine) -> None:
    """I8: of several people each gets another item; of two requests of one person both get the same."""
    with session_factory(clean_database)() as session:
        vendor, category = make_vendor(session), make_category(session)
        items = {make_product(session, vendor=vendor, category=category).id for _ in range(3)}
        people = [staff(session) for _ in range(3)]
        session.commit()
    queue = review_queues.get("products")

    def ask(who: Acting) -> Work:
        return lambda session: review_queue.take_next(session, queue, who)

    assert set(at_once(clean_database, *(ask(who) for who in people))) == items
    # What the page fetches ahead, and what the person asks for at that moment, is the same item.
    with session_factory(clean_database)() as session:
        who = staff(session)
        late = make_product(session, vendor=session.merge(vendor), category=session.merge(category)).id
        session.commit()
    assert at_once(clean_database, ask(who), ask(who)) == [late, late]


def test_sweeps_of_leases_and_a_reviewer_do_not_meet(clean_database: sa.Engine) -> None:
    """Each lease is deleted once, none is waited for, and one that is taken anew at that moment stays."""
    queue = review_queues.get("products")
    with session_factory(clean_database)() as session:
        vendor, category, who = make_vendor(session), make_category(session), staff(session)
        items = [make_product(session, vendor=vendor, category=category).id for _ in range(40)]
        for item in items:
            review_queue.take(session, queue, item, who)
        session.execute(sa.update(ReviewLease).values(leased_until=NOW - dt.timedelta(days=2)))
        session.commit()

    def take(session: Session) -> object:
        return review_queue.take(session, queue, items[0], who)

    gone = at_once(clean_database, review_queue.prune, review_queue.prune, take)[:2]
    with session_factory(clean_database)() as session:
        left = session.scalars(sa.select(ReviewLease.target_id)).all()
        assert left == [items[0]]
        assert sum(map(int, map(str, gone))) in {39, 40}
    with session_factory(clean_database)() as holder, session_factory(clean_database)() as session:
        session.execute(sa.update(ReviewLease).values(leased_until=NOW - dt.timedelta(days=2)))
        session.commit()
        take(holder)
        assert review_queue.prune(session) == 0


def test_a_return_is_received_once_and_after_who_has_its_order(clean_database: sa.Engine) -> None:
    """STK-4: whoever refunds has the order; a clerk who receives waits for him, and a second one is refused."""
    sessions = session_factory(clean_database)
    with sessions() as session:
        product = make_product(session, status=ProductStatus.ACTIVE, stock_quantity=100)
        order = make_order(session, product=product, lines=[(3, "10.00")])
        parcel = make_shipment(session, order=order, status=ShipmentStatus.RETURNED)
        record, [line] = make_return(session, shipment=parcel, status=ReturnStatus.APPROVED), items_of(session, order)
        clerks = [staff(session, Role.LOGISTICS) for _ in range(2)]
        session.commit()
        ids, counted = (order.id, record.id, product.id), {line.id: Counted(unopened=3)}

    def receive(who: Acting) -> Work:
        def work(session: Session) -> object:
            found = scope.get_visible(session, Return, ids[1], who, lock=True)
            return returns.receive(session, found, counted, restock=True, acting=who)

        return work

    def refund(session: Session) -> object:
        found = session.scalars(sa.select(Order).where(Order.id == ids[0]).with_for_update()).one()
        while not session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            session.execute(sa.text("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)"))
        returns.settle(session, found, acting=clerks[0])
        return "refunded"

    results = at_once(clean_database, refund, *(receive(who) for who in clerks))
    assert sorted(map(str, results)) == ["3", "illegal_transition", "refunded"]
    with sessions() as session:
        assert session.get_one(Product, ids[2]).stock_quantity == 100


def test_two_people_who_pack_one_order_never_send_too_much(clean_database: sa.Engine) -> None:
    """SHP-1: the order's lock lets one go first; the other sees what is left."""
    with session_factory(clean_database)() as session:
        order = make_order(session, lines=((3, "10.00"),))
        item_id, label = items_of(session, order)[0].id, parcels.Label(method_id=make_shipping_method(session).id)
        people = [staff(session, Role.LOGISTICS) for _ in range(2)]
        session.commit()

    def pack(who: Acting) -> Work:
        return lambda session: len(str(parcels.make(session, order.id, {item_id: 2}, label, acting=who).id))

    assert sorted(map(str, at_once(clean_database, *map(pack, people)))) == ["36", "too_many_units"]
    with session_factory(clean_database)() as session:
        inside = sa.select(ShipmentItem.quantity).where(ShipmentItem.order_item_id == item_id)
        assert session.scalars(inside).all() == [2]
