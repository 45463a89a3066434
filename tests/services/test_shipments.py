"""Moving parcels, and what follows for their orders."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import shipments
from backoffice.services.shipment_tracking import Report
from models import Notification, Shipment, ShipmentEvent, StatusHistory
from models.order import OrderStatus
from models.shipment import ShipmentStatus as S
from models.user import UserStatus
from tests.factories import acting_for, items_of, make_order, make_shipment, make_user

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clerk(session: Session) -> Acting:
    return acting_for(make_user(session, Role.LOGISTICS))


def update(session: Session, parcel: Shipment, clerk: Acting, status: S, **said: object) -> shipments.Updated:
    report = Report(status=status, **said)  # type: ignore[arg-type]
    result = shipments.update(session, {parcel.id: None}, report, acting=clerk)[parcel.id]
    session.refresh(parcel)
    return result


def test_the_order_follows_its_only_parcel(session: Session, clerk: Acting) -> None:
    """SHP-2, ORD-2: picked up, then delivered; times, history and the vendor's notice follow."""
    order = make_order(session)
    parcel = make_shipment(session, order=order)
    assert update(session, parcel, clerk, S.PICKED_UP, occurred_at=now() - HOUR).message == "Picked up."
    session.refresh(order)
    assert order.status is OrderStatus.SHIPPED
    assert update(session, parcel, clerk, S.DELIVERED, location="Front door").message == "Delivered."
    session.refresh(order)
    assert order.status is OrderStatus.DELIVERED
    assert order.delivered_at == parcel.delivered_at
    steps = session.scalars(
        sa.select(StatusHistory).where(StatusHistory.entity_id == parcel.id).order_by(StatusHistory.id)
    ).all()
    assert [(row.to_status, row.actor) for row in steps] == [("picked_up", "L"), ("delivered", "L")]
    told = session.scalars(sa.select(Notification).where(Notification.user_id == order.vendor_id)).one()
    assert told.event_key == "shipment.delivered"
    assert [event["status"] for event in parcel.tracking_events or []] == ["picked_up", "delivered"]


def test_a_person_needs_proof_to_jump_to_delivered(session: Session, clerk: Acting) -> None:
    """SHP-3: pending -> delivered only with a proof of delivery."""
    parcel = make_shipment(session)
    refused = update(session, parcel, clerk, S.DELIVERED, note="It went fast.")
    assert refused.refused == "proof_needed"
    assert parcel.status is S.PENDING
    assert session.scalars(sa.select(ShipmentEvent)).all() == []
    assert update(session, parcel, clerk, S.DELIVERED, proof="Signed by A. Byron").refused is None
    assert (parcel.status, parcel.shipped_at) == (S.DELIVERED, parcel.delivered_at)
    assert "Byron" not in str(parcel.tracking_events)


def test_an_older_event_after_delivery_is_kept_and_changes_nothing(session: Session, clerk: Acting) -> None:
    """SHP-2 T: in_transit (09:00) received after delivered (12:00) stays delivered."""
    parcel = make_shipment(session, status=S.DELIVERED, at=now() - HOUR)
    result = update(session, parcel, clerk, S.IN_TRANSIT, occurred_at=now() - 4 * HOUR)
    assert result.message == "Recorded. The parcel stays delivered."
    assert (parcel.status, parcel.needs_review) == (S.DELIVERED, False)
    assert [event["status"] for event in parcel.tracking_events or []] == ["in_transit", "delivered"]


def test_an_event_after_delivery_asks_for_a_look(session: Session, clerk: Acting) -> None:
    """SHP-2 T: in_transit occurring after delivered stays, flag needs_review."""
    parcel = make_shipment(session, status=S.DELIVERED, at=now() - 4 * HOUR)
    update(session, parcel, clerk, S.IN_TRANSIT, occurred_at=now() - HOUR)
    assert (parcel.status, parcel.needs_review) == (S.DELIVERED, True)


def test_a_second_parcel_does_not_touch_the_first(session: Session, clerk: Acting) -> None:
    """SHP-2 T: a second parcel's event does not erase the first one's tracking."""
    order = make_order(session, lines=[(2, "10.00")])
    [item] = items_of(session, order)
    first = make_shipment(session, order=order, units={item.id: 1})
    second = make_shipment(session, order=order, units={item.id: 1})
    update(session, first, clerk, S.PICKED_UP, location="Hub one")
    update(session, second, clerk, S.PICKED_UP, location="Hub two")
    session.refresh(first)
    assert [event["location"] for event in first.tracking_events or []] == ["Hub one"]


def test_a_late_older_scan_can_move_an_unfinished_parcel_by_the_system_only(session: Session, clerk: Acting) -> None:
    """SHP-2, B12: what follows from older events is the system's step, not the person's."""
    parcel = make_shipment(session, status=S.OUT_FOR_DELIVERY, at=now() - 2 * HOUR)
    update(session, parcel, clerk, S.IN_TRANSIT, occurred_at=now() - HOUR)
    assert parcel.status is S.IN_TRANSIT
    update(session, parcel, clerk, S.PICKED_UP, occurred_at=now() - dt.timedelta(minutes=1))
    assert parcel.status is S.PICKED_UP
    steps = session.scalars(
        sa.select(StatusHistory).where(StatusHistory.entity_id == parcel.id).order_by(StatusHistory.id)
    ).all()
    assert [(row.to_status, row.actor) for row in steps] == [("in_transit", "L"), ("picked_up", "S")]


def test_the_same_report_twice_is_one_event(session: Session, clerk: Acting) -> None:
    """SHP-2: unique by status, time and place."""
    parcel = make_shipment(session)
    moment = now() - HOUR
    update(session, parcel, clerk, S.FAILED, occurred_at=moment, location="Hub")
    again = update(session, parcel, clerk, S.FAILED, occurred_at=moment, location="Hub")
    assert again == shipments.Updated(message="This was already recorded.")
    assert len(session.scalars(sa.select(ShipmentEvent)).all()) == 1
    assert len(session.scalars(sa.select(Notification)).all()) == 1


def test_many_parcels_at_once_each_get_their_own_answer(session: Session, clerk: Acting) -> None:
    """JOB-4: one refused parcel does not stop the others."""
    good, done, gone = make_shipment(session), make_shipment(session, status=S.RETURNED), uuid.uuid4()
    changed = make_shipment(session)
    found = shipments.update(
        session,
        {good.id: good.version, done.id: None, gone: None, changed.id: 7},
        Report(status=S.PICKED_UP),
        acting=clerk,
    )
    assert {key: result.refused for key, result in found.items()} == {
        good.id: None,
        done.id: "illegal_transition",
        gone: "not_found",
        changed.id: "stale",
    }


def test_the_future_is_refused(session: Session, clerk: Acting) -> None:
    """SHP-2: an event has happened."""
    with pytest.raises(InvalidInputError, match="future"):
        update(session, make_shipment(session), clerk, S.PICKED_UP, occurred_at=now() + HOUR)


def test_a_cancelled_label_cannot_travel(session: Session, clerk: Acting) -> None:
    """B12: pending may be voided; then nothing follows."""
    parcel = make_shipment(session, voided_at=now())
    assert update(session, parcel, clerk, S.PICKED_UP).refused == "voided"


def test_a_parcel_of_a_refunded_order_on_its_way_flags_the_order(session: Session, clerk: Acting) -> None:
    """ORD-2: the order stays refunded; a person looks."""
    order = make_order(session, status=OrderStatus.REFUNDED)
    update(session, make_shipment(session, order=order), clerk, S.PICKED_UP)
    session.refresh(order)
    assert (order.status, order.needs_review) == (OrderStatus.REFUNDED, True)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VENDOR, Role.FINANCE])
def test_only_logistics_moves_parcels(session: Session, role: Role) -> None:
    """B12: shipments are moved by L, P and S."""
    parcel = make_shipment(session)
    with pytest.raises(ForbiddenError, match="Only logistics"):
        update(session, parcel, acting_for(make_user(session, role)), S.PICKED_UP)


def test_a_parcel_is_given_to_an_active_courier(session: Session, clerk: Acting) -> None:
    """Data model C1.2: a courier is a logistics user."""
    parcel, courier = make_shipment(session), make_user(session, Role.LOGISTICS)
    assert shipments.assign(session, parcel, courier.id, acting=clerk) is courier
    assert session.scalars(sa.select(Notification.user_id)).all() == [courier.id]
    for other in (make_user(session), make_user(session, Role.LOGISTICS, status=UserStatus.SUSPENDED)):
        with pytest.raises(DomainError, match="active logistics"):
            shipments.assign(session, parcel, other.id, acting=clerk)


def test_a_courier_is_told_once(session: Session, clerk: Acting) -> None:
    """Data model C1.2: the same person again is nothing new; another one is told, and a cancelled label is nobody's."""
    parcel = make_shipment(session)
    first, second = (make_user(session, Role.LOGISTICS) for _ in range(2))
    for courier in (first, first, second):
        shipments.assign(session, parcel, courier.id, acting=clerk)
    assert session.scalars(sa.select(Notification.user_id).order_by(Notification.id)).all() == [first.id, second.id]
    parcel.voided_at = now()
    session.flush()
    [verdict] = registry.get("shipment.assign").plan(session, [parcel], {}, clerk)
    assert (verdict.ok, verdict.message) == (False, "This label was cancelled; the parcel never left.")


def test_the_statements_do_not_grow_with_the_events_read(session: Session, engine: sa.Engine, clerk: Acting) -> None:
    """Many parcels: locks, events and facts are read once for all of them."""
    selects = []
    for number in (1, 20):
        seen: dict[uuid.UUID, int | None] = {make_shipment(session).id: None for _ in range(number)}
        session.expire_all()
        statements: list[str] = []

        def note(_c: object, _u: object, statement: str, *_: object, to: list[str] = statements) -> None:
            to.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        shipments.update(session, seen, Report(status=S.PICKED_UP), acting=clerk)
        sa.event.remove(engine, "before_cursor_execute", note)
        selects.append(sum(statement.startswith("SELECT") for statement in statements))
    assert selects[0] == selects[1]
