"""Two people decide at the same moment: real connections, real locks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.database import session_factory
from backoffice.errors import DomainError
from backoffice.permissions import Role
from backoffice.services import orders, products, shipments
from backoffice.services.shipment_tracking import Report
from models import Order, Refund, StatusHistory
from models.order import OrderStatus
from models.shipment import ShipmentStatus
from tests.factories import acting_for, items_of, make_order, make_product, make_shipment, make_user

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
