"""What becomes of a carrier's event: the parcel with its number is told every scan, once, in any order (SHP-2)."""

from __future__ import annotations

import datetime as dt
import itertools
import time
import uuid
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.config import Config
from backoffice.gateways.carriers.registry import SERVICES
from backoffice.permissions import Role
from models import Notification, Shipment, ShipmentEvent, StatusHistory, WebhookEvent
from tests.factories import make_shipment
from tests.webhooks.carrying import SECRETS, WORDS, Carriers, Stage, ago, body_of
from tests.webhooks.support import Inbox
from tests.webhooks.test_replay import replay

each_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture
def carriers(make_app, config: Config) -> Carriers:
    return Carriers(make_app(replace(config, carrier_webhook_secrets=SECRETS)))


@pytest.fixture
def tell(carriers: Carriers, inbox: Inbox):
    """The service posts, and a worker handles what is new; the event afterwards."""

    def told(service: str, body: dict[str, Any]) -> WebhookEvent:
        answer = carriers.send(service, body)
        assert answer.status_code == 200, answer.text
        with inbox.sessions() as session:
            named = WebhookEvent.provider_event_id == answer.json["received"]
            event_id = session.scalars(sa.select(WebhookEvent.id).where(named)).one()
        return inbox.run(event_id)

    return told


def parcel(inbox: Inbox, number: str | None = "1Z1", **values: Any) -> uuid.UUID:
    with inbox.sessions.begin() as session:
        return make_shipment(session, tracking_number=number, **values).id


def seen(inbox: Inbox, parcel_id: uuid.UUID) -> Shipment:
    with inbox.sessions() as session:
        return session.get_one(Shipment, parcel_id)


def scans(inbox: Inbox, parcel_id: uuid.UUID) -> list[ShipmentEvent]:
    with inbox.sessions() as session:
        of_it = sa.select(ShipmentEvent).where(ShipmentEvent.shipment_id == parcel_id)
        return list(session.scalars(of_it.order_by(ShipmentEvent.occurred_at)))


@each_service
def test_scans_become_events_of_the_parcel(inbox: Inbox, tell, service: str) -> None:
    """SHP-2, SHP-4: in the service's words with place and note; status, milestones, history and notice follow."""
    parcel_id = parcel(inbox)
    event = tell(service, body_of(service, "1Z1", [Stage("moving", ago(hours=3)), Stage("there", ago(hours=1))]))
    assert event.status == "processed"
    assert event.outcome == "New scans: 2 of 2."
    first, last = scans(inbox, parcel_id)
    assert (first.source, first.raw_code, last.raw_code) == (service, WORDS[service]["moving"], WORDS[service]["there"])
    assert first.raw_reason
    assert (first.location or "").lower().startswith("orlando, fl")
    assert (first.note, first.recorded_by) == ("Seen", None)
    now = seen(inbox, parcel_id)
    assert (now.status, now.shipped_at, now.delivered_at) == ("delivered", first.occurred_at, last.occurred_at)
    with inbox.sessions() as session:
        steps = sa.select(StatusHistory.actor, StatusHistory.request_id).where(StatusHistory.entity_id == parcel_id)
        assert set(session.execute(steps).all()) <= {
            ("P", event.provider_event_id[:64]),
            ("S", event.provider_event_id[:64]),
        }
        told = sa.select(Notification.title).where(Notification.subject_id == parcel_id)
        assert session.scalars(told).all() == ["A parcel: delivered"]


@each_service
def test_what_was_told_before_is_nothing(inbox: Inbox, tell, service: str) -> None:
    """SHP-2, WEB-2: each event repeats the whole story; only what is new in it counts."""
    parcel_id, story = parcel(inbox), [Stage("moving", ago(hours=3))]
    assert tell(service, body_of(service, "1Z1", story)).status == "processed"
    again = body_of(service, "1Z1", story, other=1)
    assert (tell(service, again).status, len(scans(inbox, parcel_id))) == ("ignored", 1)
    story.append(Stage("there", ago(hours=1)))
    assert tell(service, body_of(service, "1Z1", story)).outcome == "New scans: 1 of 2."
    assert len(scans(inbox, parcel_id)) == 2


@each_service
def test_any_order_of_deliveries_gives_the_same_parcel(inbox: Inbox, tell, service: str) -> None:
    """SHP-2 T: the event with the delivery may come first."""
    stages = [Stage("made", ago(hours=9)), Stage("moving", ago(hours=6)), Stage("there", ago(hours=1))]
    ends = set()
    for number, order in enumerate(itertools.permutations([1, 2, 3])):
        parcel_id = parcel(inbox, f"N{number}")
        for length in order:
            tell(service, body_of(service, f"N{number}", stages[:length]))
        now = seen(inbox, parcel_id)
        events = tuple((one["status"], one["occurred_at"]) for one in now.tracking_events or [])
        ends.add((now.status, now.shipped_at, now.delivered_at, now.needs_review, now.exception, events))
    assert len(ends) == 1
    assert next(iter(ends))[0] == "delivered"


@each_service
def test_a_number_that_nobody_typed_yet_is_waited_for(inbox: Inbox, tell, service: str) -> None:
    """WEB-2: parked, and applied when the number appears."""
    parcel_id = parcel(inbox, None)
    event = tell(service, body_of(service, "1Z1", [Stage("moving", ago(hours=3))]))
    assert (event.status, event.last_error) == ("parked", "No parcel has this tracking number.")
    with inbox.sessions.begin() as session:
        session.get_one(Shipment, parcel_id).tracking_number = "1Z1"
    inbox.skip_pause(event.id)
    assert inbox.run(event.id).status == "processed"
    assert seen(inbox, parcel_id).status == "picked_up"


def test_a_number_that_nobody_ever_typed_is_listed(inbox: Inbox, tell) -> None:
    """WEB-2: after three days; a person who typed it then replays the event (B12)."""
    event = tell("aftership", body_of("aftership", "1Z1", [Stage("moving", ago(hours=3))]))
    inbox.skip_pause(event.id, days=3)
    assert inbox.run(event.id).status == "failed"
    parcel_id = parcel(inbox)
    assert replay(inbox, event.id, Role.ADMIN).status == "succeeded"
    assert (inbox.get(event.id).queue, inbox.run(event.id).status) == ("default", "processed")
    assert seen(inbox, parcel_id).status == "picked_up"


@pytest.mark.parametrize("told", ["1Z1", " 1Z1 ", "1z 1", "1z1"])
def test_a_number_may_be_written_a_little_differently(inbox: Inbox, tell, told: str) -> None:
    """SHP-5: with blanks or in small letters; the parcel that has it so is preferred."""
    parcel_id = parcel(inbox)
    assert tell("easypost", body_of("easypost", told, [Stage("moving", ago(hours=3))])).status == "processed"
    exact = parcel(inbox, "1z1")
    tell("easypost", body_of("easypost", "1z1", [Stage("there", ago(hours=2))]))
    assert (seen(inbox, parcel_id).status, seen(inbox, exact).status) == ("picked_up", "delivered")


def test_a_cancelled_label_that_is_scanned_is_looked_at(inbox: Inbox, tell) -> None:
    """B12: voided is for good; the scans are kept."""
    parcel_id = parcel(inbox, voided_at=dt.datetime.now(dt.UTC))
    assert tell("shippo", body_of("shippo", "1Z1", [Stage("moving", ago(hours=3))])).status == "processed"
    now = seen(inbox, parcel_id)
    assert (now.status, now.needs_review, len(scans(inbox, parcel_id))) == ("pending", True, 1)


def test_a_local_time_that_is_ahead_is_waited_for(inbox: Inbox, tell) -> None:
    """SHP-2: 9 o'clock in Tokyo without a zone is read as 9 o'clock UTC; it is told then, and the rest at once."""
    parcel_id = parcel(inbox)
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=9)).replace(tzinfo=None, microsecond=0).isoformat()
    story = [Stage("moving", ago(hours=3)), Stage("there", ahead)]
    event = tell("aftership", body_of("aftership", "1Z1", story))
    assert (event.status, seen(inbox, parcel_id).status) == ("parked", "picked_up")
    inbox.skip_pause(event.id)
    assert inbox.run(event.id).status == "parked"
    assert len(scans(inbox, parcel_id)) == 1


def test_it_is_told_when_its_time_has_come(inbox: Inbox, tell) -> None:
    """SHP-2."""
    parcel_id = parcel(inbox)
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    event = tell("easypost", body_of("easypost", "1Z1", [Stage("there", at.isoformat())]))
    assert (event.status, seen(inbox, parcel_id).status) == ("parked", "pending")
    time.sleep(2)
    inbox.skip_pause(event.id)
    assert (inbox.run(event.id).status, seen(inbox, parcel_id).status) == ("processed", "delivered")


@pytest.mark.parametrize(
    "at", ["2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "soon", "2026-13-01", 5, True]
)
def test_a_time_that_cannot_be_is_left_out(inbox: Inbox, tell, at: Any) -> None:
    """SHP-2: what can be kept is kept, and one bad scan does not fail all that is ever told of the parcel."""
    parcel_id = parcel(inbox)
    body = body_of("easypost", "1Z1", [Stage("moving", ago(hours=3)), Stage("there", at)])
    event = tell("easypost", body)
    assert (event.status, event.attempts) == ("processed", 1)
    assert event.outcome == "New scans: 1 of 2. Left out, unreadable or dated in the future: 1."
    assert seen(inbox, parcel_id).status == "picked_up"


@pytest.mark.parametrize("at", ["", None])
def test_a_scan_without_a_time_is_left_out(inbox: Inbox, tell, at: str | None) -> None:
    """SHP-2: nobody knows where it belongs, and the service says that there are such."""
    parcel_id = parcel(inbox)
    body = body_of("aftership", "1Z1", [Stage("moving", "2026-01-02"), Stage("there", at)])
    event = tell("aftership", body)
    assert (event.status, event.outcome) == ("processed", "New scans: 1 of 2. Left out, without a time: 1.")
    (scan,) = scans(inbox, parcel_id)
    assert scan.occurred_at == dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@each_service
def test_nothing_scanned_yet_is_not_waited_for(inbox: Inbox, tell, service: str) -> None:
    event = tell(service, body_of(service, "1Z1", []))
    assert (event.status, event.outcome) == ("ignored", "Nothing was scanned yet.")


@each_service
def test_a_scan_of_no_parcel_is_for_a_person(inbox: Inbox, tell, service: str) -> None:
    event = tell(service, body_of(service, None, [Stage("moving", ago(hours=3))]))
    assert (event.status, event.last_error) == ("failed", "The event names no tracking number.")


@pytest.mark.parametrize(
    ("service", "values"),
    [
        ("easypost", {"description": "batch.updated", "result": {"object": "Batch"}}),
        ("aftership", {"event": "edd_revise"}),
        ("shippo", {"event": "transaction_created", "data": {"object_id": "1"}}),
    ],
)
def test_other_events_are_ignored_visibly(inbox: Inbox, tell, service: str, values: dict[str, Any]) -> None:
    """WEB-4. A type of Stripe's that a carrier sends is nothing of Stripe's."""
    outcome = "Nothing here follows from events of this type."
    assert tell(service, body_of(service, "1Z1", [], **values)).outcome == outcome
    kind = {"easypost": "description"}.get(service, "event")
    assert tell(service, body_of(service, "1Z1", [], **{kind: "payout.paid"})).outcome == outcome


@pytest.mark.parametrize("entries", [None, {}, "scans", [{}] * 1001])
def test_no_list_of_scans_is_for_a_person(inbox: Inbox, tell, entries: Any) -> None:
    """I7: and nothing that is tried again and again."""
    parcel(inbox)
    event = tell(
        "easypost", body_of("easypost", "1Z1", [], result={"tracking_code": "1Z1", "tracking_details": entries})
    )
    assert (event.status, event.attempts) == ("failed", 1)


def test_entries_that_are_none_are_for_a_person(inbox: Inbox, tell) -> None:
    """I7: failed at once with a sentence, never tried again and again."""
    parcel_id = parcel(inbox)
    entries = [None, 1, "x", [], {}, {"status": 1, "datetime": "2026-01-01"}, {"status": "delivered", "datetime": [1]}]
    entries.append({"status": "delivered"})
    event = tell(
        "easypost", body_of("easypost", "1Z1", [], result={"tracking_code": "1Z1", "tracking_details": entries})
    )
    assert (event.status, event.last_error) == (
        "failed",
        "No scan in it can be read, or all are dated in the future.",
    )
    assert scans(inbox, parcel_id) == []


def test_long_texts_are_cut(inbox: Inbox, tell) -> None:
    """SHP-4: what the carrier said is kept as far as there is room for it; an unheard-of code flags the parcel."""
    parcel_id = parcel(inbox)
    checkpoint = {
        "tag": "T" * 99, "subtag": "S" * 99, "hash": "h" * 300, "location": "L\x00" * 300, "message": "m\n" * 5000,
        "checkpoint_time": "2026-01-02T03:04:05+09:00",
    }  # fmt: skip
    body = body_of("aftership", "1Z1", [], msg={"tracking_number": "1Z1", "checkpoints": [checkpoint]})
    assert tell("aftership", body).status == "processed"
    (scan,) = scans(inbox, parcel_id)
    lengths = [len(text or "") for text in (scan.raw_code, scan.raw_reason, scan.carrier_event_id, scan.location)]
    assert lengths == [64, 64, 100, 200]
    assert scan.occurred_at == dt.datetime(2026, 1, 1, 18, 4, 5, tzinfo=dt.UTC)
    assert (seen(inbox, parcel_id).exception, len(scan.note or "")) == ("other_unknown", 1999)
