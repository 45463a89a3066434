"""Parcels that the clock finds, each kind at its limit, and what logistics may know of a dispute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services import shipment_exceptions, shipment_tracking
from backoffice.services.shipment_exceptions import KINDS
from models import Dispute, Shipment, ShipmentEvent
from models.dispute import DisputeStatus
from models.shipment import ShipmentStatus as S
from tests.factories import acting_for, make_dispute, make_order, make_return, make_shipment, make_user, make_vendor

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def ago(span: dt.timedelta) -> dt.datetime:
    """That long before now."""
    return now() - span


def failed(session: Session, times: int) -> Shipment:
    """A parcel with so many failed attempts."""
    parcel = make_shipment(session, status=S.FAILED)
    for number in range(1, times):
        event = {"status": S.FAILED, "occurred_at": ago(number * HOUR), "event_hash": f"attempt {number}"}
        session.add(ShipmentEvent(shipment_id=parcel.id, **event))
    session.flush()
    shipment_tracking.recompute(session, parcel, acting=Acting.system())
    session.flush()
    return parcel


def recorded(session: Session) -> Shipment:
    """A parcel that came back and has its return."""
    parcel = make_shipment(session, status=S.RETURNED)
    make_return(session, shipment=parcel)
    return parcel


def disputed(session: Session, parcel: S, **values: object) -> Shipment:
    """A parcel of an order about which there is a dispute."""
    order = make_order(session)
    make_dispute(session, order=order, **values)
    return make_shipment(session, order=order, status=parcel)


Make = Callable[[Session], Shipment]
#: What is found, and the nearest that is not.
CASES: dict[str, tuple[list[Make], list[Make]]] = {
    "unscanned": (
        [lambda s: make_shipment(s, created_at=ago(49 * HOUR))],
        [
            lambda s: make_shipment(s, created_at=ago(47 * HOUR)),
            lambda s: make_shipment(s, created_at=ago(49 * HOUR), voided_at=now()),
            lambda s: make_shipment(s, created_at=ago(49 * HOUR), status=S.PICKED_UP),
        ],
    ),
    "stalled": (
        [lambda s: make_shipment(s, status=S.IN_TRANSIT, at=ago(5 * DAY + HOUR))],
        [
            lambda s: make_shipment(s, status=S.IN_TRANSIT, at=ago(5 * DAY - HOUR)),
            lambda s: make_shipment(s, status=S.IN_TRANSIT, at=ago(DAY), shipped_at=ago(9 * DAY)),
            lambda s: make_shipment(s, status=S.DELIVERED, at=ago(9 * DAY)),
        ],
    ),
    "late": (
        [lambda s: make_shipment(s, status=S.IN_TRANSIT, estimated_delivery=ago(HOUR))],
        [
            lambda s: make_shipment(s, status=S.IN_TRANSIT, estimated_delivery=now() + HOUR),
            lambda s: make_shipment(s, status=S.DELIVERED, estimated_delivery=ago(HOUR)),
        ],
    ),
    "failed_twice": ([lambda s: failed(s, 2)], [lambda s: failed(s, 1)]),
    "returned_unrecorded": ([lambda s: make_shipment(s, status=S.RETURNED)], [recorded]),
    "disputed": (
        [lambda s: disputed(s, S.DELIVERED)],
        [
            lambda s: disputed(s, S.IN_TRANSIT),
            lambda s: make_shipment(s, status=S.DELIVERED),
            lambda s: disputed(s, S.DELIVERED, status=DisputeStatus.RESOLVED),
        ],
    ),
}


def found(session: Session, key: str) -> set[object]:
    """Ids of the parcels of this kind."""
    return set(session.scalars(sa.select(Shipment.id).where(KINDS[key].clause)))


@pytest.mark.parametrize("key", KINDS)
def test_the_clock_finds_them_and_not_their_neighbours(session: Session, key: str) -> None:
    """SHP-6: each kind on both sides of its limit."""
    caught, free = CASES[key]
    wanted = {make(session).id for make in caught}
    others = {make(session).id for make in free}
    assert found(session, key) & (wanted | others) == wanted
    assert KINDS[key].label
    assert KINDS[key].next_step


def test_an_inbox_counts_what_its_links_find(session: Session) -> None:
    """SHP-6: the count of a kind is that of its filter, in one statement; a vendor's is of own parcels (ACC-1)."""
    vendor = make_vendor(session)
    make_shipment(session, order=make_order(session, vendor=vendor), created_at=ago(3 * DAY))
    make_shipment(session, created_at=ago(3 * DAY), estimated_delivery=ago(DAY))
    clerk = acting_for(make_user(session, Role.LOGISTICS))
    counts = shipment_exceptions.counts(session, clerk)
    assert counts == {key: len(found(session, key)) for key in KINDS}
    own = shipment_exceptions.counts(session, Acting(user_id=vendor.id, role=Role.VENDOR, name="vendor"))
    assert (own["unscanned"], own["late"]) == (1, 0)


def test_the_flag_reads_no_more_of_a_dispute_than_that_there_is_one() -> None:
    """ACC-3: logistics learn that a delivery is disputed, and nothing of the dispute."""
    text = str(sa.select(Shipment.id).where(KINDS["disputed"].clause))
    read = {column.name for column in Dispute.__table__.columns if f"disputes.{column.name}" in text}
    assert read == {"order_id", "status"}
