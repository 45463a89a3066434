"""What carriers tell: kept in their words, understood by a table, in any order, any number of times."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import InvalidInputError, NotFoundError
from backoffice.services import carrier_events, tracking_numbers
from backoffice.services.carrier_codes import CODES, REASONS, meaning
from backoffice.services.carrier_events import CarrierEvent
from models import Order, OrderItem, Product, Return, Shipment, ShipmentEvent, StockMovement
from models.order import OrderStatus
from models.shipment import EventSource as E
from models.shipment import Incident
from models.shipment import ShipmentStatus as S
from tests.factories import acting_for, items_of, make_order, make_shipment, make_vendor

CARRIER = Acting.system("carrier")
HOUR = dt.timedelta(hours=1)
START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def tell(session: Session, parcel: Shipment, *events: CarrierEvent) -> int:
    """Have the carrier tell `events`; how many were new."""
    new = carrier_events.receive(session, parcel.id, events, acting=CARRIER)
    session.refresh(parcel)
    return new


def said(code: str, hour: int, source: E = E.KARRIO, **values: Any) -> CarrierEvent:
    """An event of the morning of 2 March."""
    return CarrierEvent(source=source, code=code, occurred_at=START + hour * HOUR, **values)


@pytest.mark.parametrize(
    ("source", "code", "status", "flagged"),
    [
        (E.KARRIO, "on_hold", S.IN_TRANSIT, True),
        (E.KARRIO, "delivery_delayed", S.IN_TRANSIT, True),
        (E.KARRIO, "ready_for_pickup", S.OUT_FOR_DELIVERY, True),
        (E.KARRIO, "delivery_failed", S.FAILED, True),
        (E.KARRIO, "return_to_sender", S.RETURNED, False),
        (E.KARRIO, "unknown", None, True),
        (E.KARRIO, "cancelled", None, True),
        (E.AFTERSHIP, "InfoReceived", S.PENDING, False),
        (E.AFTERSHIP, "AvailableForPickup", S.OUT_FOR_DELIVERY, True),
        (E.AFTERSHIP, "Exception", S.IN_TRANSIT, True),
        (E.AFTERSHIP, "Expired", None, True),
        (E.EASYPOST, "pre_transit", S.PENDING, False),
        (E.EASYPOST, "error", None, True),
        (E.SHIPPO, "RETURNED", S.RETURNED, False),
        (E.SHIPPO, "NEW_IN_2027", None, True),
    ],
)
def test_codes_are_normalised_by_the_table(source: E, code: str, status: S | None, *, flagged: bool) -> None:
    """SHP-4: a code that nobody listed changes nothing, and says so."""
    found = meaning(source, code, None)
    assert (found.status, found.incident is not None) == (status, flagged)


def test_every_carrier_can_say_what_it_must() -> None:
    """SHP-4: delivered, failed and returned exist for each; every incident has one of the groups."""
    for source in set(E) - {E.PERSON}:
        statuses = {one.status for one in CODES[source].values()}
        assert {S.PENDING, S.IN_TRANSIT, S.DELIVERED, S.FAILED} <= statuses
    assert meaning(E.AFTERSHIP, "Exception", "Exception_011").status is S.RETURNED
    assert meaning(E.AFTERSHIP, "Exception", "Exception_003").incident is Incident.CONSIGNEE_REFUSED
    assert {one.group for one in Incident} == {"carrier", "retailer", "consignee", "customs", "weather", "other"}
    assert len(Incident) >= 30
    assert set(REASONS) <= set(CODES)


def test_raw_code_and_reason_are_kept(session: Session) -> None:
    """SHP-4: as the carrier said them, with the exception on the parcel until the next scan."""
    parcel = make_shipment(session)
    tell(session, parcel, said("Exception", 9, E.AFTERSHIP, reason="Exception_004", event_id="a1"))
    event = session.scalars(sa.select(ShipmentEvent).where(ShipmentEvent.shipment_id == parcel.id)).one()
    assert (event.source, event.raw_code, event.raw_reason) == (E.AFTERSHIP, "Exception", "Exception_004")
    assert (parcel.status, parcel.exception) == (S.IN_TRANSIT, Incident.CUSTOMS_DELAY)
    tell(session, parcel, said("OutForDelivery", 10, E.AFTERSHIP))
    assert (parcel.status, parcel.exception) == (S.OUT_FOR_DELIVERY, None)


def test_what_says_no_status_changes_none(session: Session) -> None:
    """SHP-4: unchanged, with an exception."""
    parcel = make_shipment(session)
    tell(session, parcel, said("in_transit", 8), said("unknown", 9))
    assert (parcel.status, parcel.exception) == (S.IN_TRANSIT, Incident.OTHER_UNKNOWN)
    tell(session, parcel, said("delivered", 10))
    assert (parcel.status, parcel.exception) == (S.DELIVERED, None)


def test_one_word_for_two_things_is_picked_up_first(session: Session) -> None:
    """SHP-4: InTransit as the first scan is picked up, later it is in transit."""
    parcel = make_shipment(session)
    tell(session, parcel, said("InTransit", 8, E.AFTERSHIP))
    assert parcel.status is S.PICKED_UP
    tell(session, parcel, said("InTransit", 9, E.AFTERSHIP))
    assert parcel.status is S.IN_TRANSIT


def test_the_same_event_counts_once(session: Session) -> None:
    """SHP-2: by the carrier's id, and by hash for carriers that have none."""
    parcel, event = make_shipment(session), said("in_transit", 8, event_id="e1")
    assert tell(session, parcel, event, event) == 1
    assert tell(session, parcel, event) == 0
    assert tell(session, parcel, said("in_transit", 9, event_id="e1")) == 0
    assert tell(session, parcel, said("in_transit", 10), said("in_transit", 10)) == 1
    other = make_shipment(session)
    assert tell(session, other, event) == 1


def test_in_transit_received_after_delivered_stays_delivered(session: Session) -> None:
    """SHP-2 T: in_transit (09:00) received after delivered (12:00)."""
    parcel = make_shipment(session)
    tell(session, parcel, said("delivered", 12))
    tell(session, parcel, said("in_transit", 9))
    assert (parcel.status, parcel.needs_review) == (S.DELIVERED, False)


def test_in_transit_occurring_after_delivered_is_flagged(session: Session) -> None:
    """SHP-2 T: stays, flag needs_review; and the way back explains it."""
    parcel = make_shipment(session)
    tell(session, parcel, said("delivered", 12), said("in_transit", 13))
    assert (parcel.status, parcel.needs_review) == (S.DELIVERED, True)
    tell(session, parcel, said("return_to_sender", 14))
    assert (parcel.status, parcel.needs_review) == (S.RETURNED, False)


def test_a_second_parcel_does_not_erase_the_first_ones_tracking(session: Session) -> None:
    """SHP-2 T"""
    order = make_order(session, lines=[(1, "10.00"), (1, "20.00")])
    one, two = items_of(session, order)
    first = make_shipment(session, order=order, units={one.id: 1})
    second = make_shipment(session, order=order, units={two.id: 1})
    tell(session, first, said("in_transit", 8))
    tell(session, second, said("delivered", 9))
    session.refresh(first)
    assert [event["status"] for event in first.tracking_events or []] == ["in_transit"]
    assert first.tracking_number is not None


def test_skipped_milestones_are_derived_and_never_stored(session: Session) -> None:
    """SHP-3: a parcel that was only ever delivered was shipped, and its order follows."""
    parcel = make_shipment(session)
    tell(session, parcel, said("delivered", 12))
    assert parcel.shipped_at == parcel.delivered_at == START + 12 * HOUR
    assert len(session.scalars(sa.select(ShipmentEvent).where(ShipmentEvent.shipment_id == parcel.id)).all()) == 1
    assert session.get_one(Order, parcel.order_id, populate_existing=True).status is OrderStatus.DELIVERED


def test_a_cancelled_label_that_is_scanned_is_looked_at(session: Session) -> None:
    """B12: voided is for good; the scans are kept."""
    parcel = make_shipment(session, voided_at=now())
    assert tell(session, parcel, said("in_transit", 8)) == 1
    assert (parcel.status, parcel.needs_review) == (S.PENDING, True)


def test_what_cannot_be_is_refused(session: Session) -> None:
    """SHP-2, ACC-1: the future, and a parcel that a person may not see."""
    parcel = make_shipment(session)
    later = CarrierEvent(source=E.KARRIO, code="in_transit", occurred_at=now() + HOUR)
    with pytest.raises(InvalidInputError, match="future"):
        carrier_events.receive(session, parcel.id, [later], acting=CARRIER)
    with pytest.raises(NotFoundError):
        carrier_events.receive(session, parcel.id, [said("in_transit", 8)], acting=acting_for(make_vendor(session)))


def test_old_numbers_move_to_the_events(session: Session) -> None:
    """SHP-5: the number is free for a new parcel, and the old one still knows it."""
    old = make_shipment(session, tracking_number="USPS1", created_at=now() - dt.timedelta(days=366), status=S.DELIVERED)
    young = make_shipment(session, created_at=now() - dt.timedelta(days=364))
    shown = old.tracking_events
    assert tracking_numbers.retire(session, limit=10) == 1
    assert tracking_numbers.retire(session, limit=10) == 0
    session.expire_all()
    assert (old.tracking_number, old.status, old.tracking_events) == (None, S.DELIVERED, shown)
    assert young.tracking_number is not None
    make_shipment(session, tracking_number="USPS1")
    kept = sa.select(ShipmentEvent.tracking_number).where(ShipmentEvent.shipment_id == old.id)
    assert "USPS1" in session.scalars(kept).all()
    carrier_events.receive(session, old.id, [said("delivered", 9)], acting=CARRIER)
    session.refresh(old)
    assert (old.status, old.exception) == (S.DELIVERED, None)


def _events() -> st.SearchStrategy[CarrierEvent]:
    """Events of one carrier, of few moments, so that many happen at once."""

    def build(choice: tuple[E, str], hour: int, reason: str | None, place: str | None, *, named: bool) -> CarrierEvent:
        source, code = choice
        event = said(code, hour, source, reason=reason, location=place)
        # An id of the carrier stands for what it says.
        return said(code, hour, source, reason=reason, location=place, event_id=str(hash(event)) if named else None)

    codes = sorted((source, code) for source in CODES for code in [*CODES[source], "unheard of"])
    return st.builds(
        build,
        st.sampled_from(codes),
        st.integers(0, 4),
        st.sampled_from([None, "consignee_refused", "Exception_011"]),
        st.sampled_from([None, "Hub"]),
        named=st.booleans(),
    )


def _outcome(session: Session, batches: list[list[tuple[int, CarrierEvent]]]) -> tuple[Any, ...]:
    """What two parcels of one order, the order and the stock are after the carrier told `batches`."""
    order = make_order(session, lines=[(2, "10.00")], status=OrderStatus.PROCESSING)
    [item] = items_of(session, order)
    parcels = [make_shipment(session, order=order, units={item.id: 1}) for _ in range(2)]
    for batch in batches:
        for which, parcel in enumerate(parcels):
            events = [event for index, event in batch if index == which]
            carrier_events.receive(session, parcel.id, events, acting=CARRIER)
    session.expire_all()
    shown = [
        (
            one.status,
            one.shipped_at,
            one.delivered_at,
            one.exception,
            one.failed_attempts,
            one.needs_review,
            one.tracking_events,
        )
        for one in parcels
    ]
    returned = session.scalars(sa.select(sa.func.count()).where(Return.order_id == order.id)).one()
    line = sa.select(OrderItem.id).where(OrderItem.order_id == order.id)
    stock = session.scalars(sa.select(Product.stock_quantity).where(Product.id == item.product_id)).one()
    moved = session.execute(
        sa.select(StockMovement.kind, StockMovement.quantity).where(StockMovement.order_item_id.in_(line))
    ).all()
    return shown, (order.status, order.shipped_at, order.delivered_at, order.needs_review), returned, stock, moved


@settings(
    max_examples=40,
    deadline=None,
    derandomize=False,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    told=st.lists(st.tuples(st.integers(0, 1), _events()), max_size=6, unique=True),
    order=st.randoms(use_true_random=False),
)
def test_any_permutation_and_duplication_gives_the_same(session: Session, told: list[Any], order: Any) -> None:
    """SHP-2: any permutation and duplication of tracking events gives the same shipment, order and stock."""
    again = [*told, *order.choices(told, k=min(len(told), 3))] if told else []
    order.shuffle(again)
    cuts = sorted(order.randint(0, len(again)) for _ in range(3))
    batches = [again[start:end] for start, end in itertools.pairwise([0, *cuts, len(again)])]
    note(f"told {told!r} as {batches!r}")
    with session.begin_nested() as before:
        at_once = _outcome(session, [told])
        before.rollback()
    with session.begin_nested() as before:
        in_pieces = _outcome(session, batches)
        before.rollback()
    assert in_pieces == at_once
