"""What the parcel and order actions say before and after."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from backoffice.actions import registry
from backoffice.actions.base import Chunk, Each, Result, Target
from backoffice.actions.inputs import InvalidFormError, clean
from backoffice.clock import now
from backoffice.errors import InvalidInputError
from backoffice.permissions import Role
from models.order import OrderStatus
from models.shipment import ShipmentStatus as S
from tests.factories import acting_for, make_order, make_shipment, make_user


def test_the_form_takes_a_time_in_utc_and_no_future() -> None:
    """SHP-2: an event has happened."""
    action = registry.get("shipment.update")
    inputs = clean(action, {"status": "in_transit", "occurred_at": "2026-03-02T09:30", "location": "Hub"})
    assert inputs["occurred_at"] == "2026-03-02T09:30:00"
    tomorrow = (now() + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    with pytest.raises(InvalidFormError, match="future"):
        clean(action, {"status": "in_transit", "occurred_at": tomorrow})
    with pytest.raises(InvalidFormError):
        clean(action, {"status": "pending"})


def test_the_dry_run_asks_for_proof_of_a_jump(session: Session) -> None:
    """SHP-3."""
    action = registry.get("shipment.update")
    parcel, moving = make_shipment(session), make_shipment(session, status=S.OUT_FOR_DELIVERY)
    who = acting_for(make_user(session, Role.LOGISTICS))
    first, second = action.plan(session, [parcel, moving], {"status": "delivered"}, who)
    assert (first.ok, first.code) == (False, "proof_needed")
    assert second.message == "Recorded as delivered; the order follows its parcels."
    [blank] = action.plan(session, [parcel], {}, who)
    assert blank.message == "It is pending now."


def test_an_update_settles_every_target(session: Session) -> None:
    """JOB-4."""
    action = registry.get("shipment.update")
    assert isinstance(action.run, Chunk)
    good, returned = make_shipment(session), make_shipment(session, status=S.RETURNED)
    inputs = clean(action, {"status": "picked_up", "occurred_at": "2026-03-02 09:30", "location": "", "note": ""})
    targets = [Target(id=good.id, version=good.version), Target(id=returned.id, version=None)]
    results = action.run.run(session, targets, inputs, acting_for(make_user(session, Role.LOGISTICS)))
    assert (results[good.id].result, results[good.id].message) == (Result.DONE, "Picked up.")
    assert results[returned.id].code == "illegal_transition"
    session.refresh(good)
    assert good.shipped_at == dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def test_a_courier_is_named_by_address(session: Session) -> None:
    """Data model C1.2: an empty field means oneself."""
    action = registry.get("shipment.assign")
    assert isinstance(action.run, Each)
    parcel, me, other = make_shipment(session), make_user(session, Role.LOGISTICS), make_user(session, Role.LOGISTICS)
    assert action.run.run(session, parcel, {"assignee": ""}, acting_for(me)) == f"Given to {me}."
    assert action.run.run(session, parcel, {"assignee": other.email.upper()}, acting_for(me)) == f"Given to {other}."
    with pytest.raises(InvalidInputError, match="Nobody here"):
        action.run.run(session, parcel, {"assignee": "nobody@example.test"}, acting_for(me))


def test_cancelling_says_what_is_given_back(session: Session) -> None:
    """ORD-4: the dry run names the amount, or the reason why it is too late."""
    action = registry.get("order.cancel")
    paid, unpaid = make_order(session), make_order(session, paid=False)
    left = make_order(session, status=OrderStatus.PROCESSING)
    make_shipment(session, order=left, status=S.PICKED_UP)
    first, second, third = action.plan(session, [paid, unpaid, left], {}, acting_for(make_user(session)))
    assert first.message == "Is cancelled; a refund of 100.00 USD is requested."
    assert (second.ok, second.message) == (True, "Is cancelled; nothing was paid.")
    assert (third.ok, third.code) == (False, "already_picked_up")


def test_an_order_is_cancelled_and_started_through_actions(session: Session) -> None:
    """B12, ORD-4."""
    cancel, start = registry.get("order.cancel"), registry.get("order.start")
    assert isinstance(cancel.run, Each)
    assert isinstance(start.run, Each)
    order, admin = make_order(session), make_user(session)
    vendor = acting_for(make_user(session, Role.VENDOR))
    assert cancel.run.run(session, order, {"reason": "Out of stock."}, acting_for(admin)) == "Cancelled."
    assert order.status is OrderStatus.CANCELLED
    [verdict] = start.plan(session, [order], {}, vendor)
    assert verdict.message == "Cancelled cannot become Processing: after Cancelled comes nothing."
