"""The status of a parcel from the set of its events."""

from __future__ import annotations

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from backoffice.services.shipment_status import Scan, derive, event_hash
from models.shipment import ShipmentStatus as S

DAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def at(hour: int) -> dt.datetime:
    return DAY + dt.timedelta(hours=hour)


def test_without_events_a_parcel_is_pending() -> None:
    """SHP-2."""
    derived = derive([])
    assert (derived.status, derived.shipped_at, derived.delivered_at) == (S.PENDING, None, None)


def test_an_older_scan_that_arrives_late_changes_nothing() -> None:
    """SHP-2 T: in_transit (09:00) received after delivered (12:00) stays delivered."""
    derived = derive([Scan(S.DELIVERED, at(12)), Scan(S.IN_TRANSIT, at(9))])
    assert (derived.status, derived.delivered_at, derived.contradicted) == (S.DELIVERED, at(12), False)


def test_a_scan_after_delivery_is_a_contradiction() -> None:
    """SHP-2 T: in_transit occurring after delivered stays delivered, and somebody looks."""
    derived = derive([Scan(S.DELIVERED, at(12)), Scan(S.IN_TRANSIT, at(15))])
    assert (derived.status, derived.contradicted) == (S.DELIVERED, True)


def test_returned_beats_delivered() -> None:
    """SHP-2: even when the delivery is dated later; the way back is no contradiction."""
    derived = derive([Scan(S.RETURNED, at(10)), Scan(S.DELIVERED, at(12)), Scan(S.IN_TRANSIT, at(14))])
    assert (derived.status, derived.delivered_at, derived.contradicted) == (S.RETURNED, at(12), False)


def test_of_the_rest_the_latest_counts_and_then_the_rank() -> None:
    """SHP-2: greatest occurred_at, then rank."""
    assert derive([Scan(S.OUT_FOR_DELIVERY, at(8)), Scan(S.IN_TRANSIT, at(9))]).status is S.IN_TRANSIT
    assert derive([Scan(S.OUT_FOR_DELIVERY, at(9)), Scan(S.IN_TRANSIT, at(9))]).status is S.OUT_FOR_DELIVERY


def test_failed_attempts_are_counted_once_each() -> None:
    """SHP-6: one attempt that two sources report is one; what came of the parcel later changes nothing."""
    assert derive([Scan(S.IN_TRANSIT, at(8))]).failed_attempts == 0
    assert derive([Scan(S.FAILED, at(9)), Scan(S.FAILED, at(9)), Scan(S.FAILED, at(11))]).failed_attempts == 2
    assert derive([Scan(S.FAILED, at(9)), Scan(S.DELIVERED, at(12))]).failed_attempts == 1


def test_skipped_milestones_follow_from_later_ones() -> None:
    """SHP-3: a parcel scanned as delivered only was shipped by then."""
    assert derive([Scan(S.DELIVERED, at(12))]).shipped_at == at(12)


scans = st.builds(Scan, st.sampled_from(list(S)), st.integers(0, 5).map(at))


@given(st.lists(scans, max_size=4))
def test_the_order_of_arrival_does_not_matter(events: list[Scan]) -> None:
    """SHP-2: status is a function of the set of events."""
    results = {derive(order) for order in itertools.permutations(events)}
    assert len(results) == 1
    assert derive([*events, *events]) in results


@given(st.lists(scans, max_size=6), scans)
def test_one_more_event_never_takes_a_parcel_back(events: list[Scan], more: Scan) -> None:
    """SHP-2: once delivered or returned, nothing brings it back on its way."""
    before, after = derive(events).status, derive([*events, more]).status
    if before is S.RETURNED:
        assert after is S.RETURNED
    if before is S.DELIVERED:
        assert after in {S.DELIVERED, S.RETURNED}


def test_the_same_event_has_the_same_hash_in_any_zone() -> None:
    """SHP-2: status code, moment and place make an event."""
    there = at(9).astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert event_hash(S.FAILED, at(9), "Hub") == event_hash(S.FAILED, there, "Hub")
    assert event_hash(S.FAILED, at(9), "Hub") != event_hash(S.FAILED, at(9), "Depot")
