"""The state of one target, from pauses and the time that it is."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.services.sla.clock import Pause, Reading, SlaState, SlaTarget, merged, read
from backoffice.services.sla.hours import Calendar, between

ALWAYS = Calendar("UTC", (((0, 1440),),) * 7)
START = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def at(hours: float) -> dt.datetime:
    return START + hours * HOUR


def reading(now: float, *pauses: Pause, met: float | None = None, allowed: float = 10) -> Reading:
    return read(
        SlaTarget.RESOLVE,
        allowed * HOUR,
        ALWAYS,
        start=START,
        pauses=pauses,
        met_at=None if met is None else at(met),
        now=at(now),
    )


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (1, SlaState.ON_TIME),
        (7.9, SlaState.ON_TIME),
        (8, SlaState.DUE_SOON),
        (10, SlaState.DUE_SOON),
        (10.1, SlaState.BREACHED),
    ],
)
def test_the_state_follows_from_the_time(now: float, state: SlaState) -> None:
    """DSP-6, DSP-7: due soon from 80 % on."""
    one = reading(now)
    assert (one.state, one.due_at, one.remaining) == (state, at(10), (10 - now) * HOUR)


def test_a_pause_moves_the_due_time() -> None:
    """DSP-6: the clock stands still while it waits for customer or vendor."""
    one = reading(12, Pause(at(2), at(7)))
    assert (one.state, one.elapsed, one.due_at) == (SlaState.ON_TIME, 7 * HOUR, at(15))


def test_while_it_stands_still_nothing_is_due() -> None:
    """DSP-6: and what was late before stays late."""
    one = reading(50, Pause(at(2), None))
    assert (one.state, one.due_at, one.remaining) == (SlaState.WAITING, None, 8 * HOUR)
    late = reading(50, Pause(at(11), None))
    assert (late.state, late.due_at) == (SlaState.BREACHED, at(10))


@pytest.mark.parametrize(("met", "state"), [(9, SlaState.ON_TIME), (11, SlaState.BREACHED)])
def test_what_was_done_keeps_the_state_in_which_it_was_done(met: float, state: SlaState) -> None:
    """DSP-6."""
    assert reading(100, met=met).state is state


def test_pauses_that_touch_are_one() -> None:
    """DSP-6: no time is taken off twice."""
    pauses = [Pause(at(5), at(8)), Pause(at(1), at(6)), Pause(at(8), at(9)), Pause(at(20), None), Pause(at(21), at(22))]
    assert merged(pauses) == [Pause(at(1), at(9)), Pause(at(20), None)]


@settings(max_examples=60, deadline=None)
@given(
    edges=st.lists(st.integers(0, 200), max_size=8, unique=True),
    allowed=st.integers(1, 100),
    now=st.integers(0, 400),
    ends=st.booleans(),
)
def test_the_state_and_the_due_time_agree(edges: list[int], allowed: int, now: int, ends: bool) -> None:  # noqa: FBT001
    """DSP-6: whatever the pauses, it is late exactly when more than the target has passed."""
    points = sorted(edges)
    pauses = [
        Pause(at(begin), at(end) if end is not None else None)
        for begin, end in zip(points[::2], [*points[1::2], None][: len(points[::2])], strict=True)
    ]
    if ends and pauses and pauses[-1].until is None:
        pauses.pop()
    one = reading(now, *pauses, allowed=allowed)
    worked = between(ALWAYS, START, at(now)) - sum(
        (between(ALWAYS, min(pause.since, at(now)), min(pause.until or at(now), at(now))) for pause in pauses),
        dt.timedelta(0),
    )
    assert one.elapsed == worked
    assert (one.state is SlaState.BREACHED) == (worked > allowed * HOUR)
    if one.due_at is not None and one.due_at <= at(now):
        assert worked >= allowed * HOUR
