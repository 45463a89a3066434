"""The state of one target of a dispute, from what happened and the time that it is now (DSP-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backoffice.enums import LabelledEnum, Status, Tone
from backoffice.services.sla.hours import Calendar, after, between

#: The share of a target at which it is due soon, and the lead is told (DSP-7).
SOON: Final = 0.8
#: The share at which a dispute that is nobody's is assigned (DSP-7).
HALF: Final = 0.5


class SlaTarget(LabelledEnum):
    """What must be done in time."""

    FIRST_REPLY = "first_reply", "First reply"
    RESOLVE = "resolve", "Decision"


class SlaState(Status):
    """How a target stands."""

    ON_TIME = "on_time", "On time", Tone.SUCCESS
    DUE_SOON = "due_soon", "Due soon", Tone.WARNING
    BREACHED = "breached", "Breached", Tone.DANGER
    WAITING = "waiting", "Waiting", Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count; one without an end goes on."""

    since: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One target at one moment. Spans are business time; `due_at` is None while the clock stands still."""

    target: SlaTarget
    state: SlaState
    elapsed: dt.timedelta
    #: Negative once it is breached.
    remaining: dt.timedelta
    due_at: dt.datetime | None
    due_soon_at: dt.datetime | None
    half_at: dt.datetime | None
    #: When it was done; None while it is still to do.
    met_at: dt.datetime | None


def read(
    target: SlaTarget,
    allowed: dt.timedelta,
    calendar: Calendar,
    *,
    start: dt.datetime,
    pauses: Sequence[Pause],
    met_at: dt.datetime | None,
    now: dt.datetime,
) -> Reading:
    """How `target` stands at `now`. `pauses` are in order and do not overlap; the clock ends when it was met."""
    end = now if met_at is None else min(now, met_at)
    elapsed = between(calendar, start, end)
    for pause in pauses:
        elapsed -= between(calendar, max(pause.since, start), min(end, pause.until or end))
    due_at, soon_at, half_at = (
        _moment(calendar, start, pauses, allowed * share) for share in (1.0, SOON, HALF)
    )  # fmt: skip
    late = due_at is not None and end > due_at
    standing = met_at is None and any(pause.until is None and pause.since <= now for pause in pauses)
    if late:
        state = SlaState.BREACHED
    elif standing:
        state = SlaState.WAITING
    elif met_at is None and soon_at is not None and end >= soon_at:
        state = SlaState.DUE_SOON
    else:
        state = SlaState.ON_TIME
    return Reading(
        target=target,
        state=state,
        elapsed=elapsed,
        remaining=allowed - elapsed,
        due_at=due_at,
        due_soon_at=soon_at,
        half_at=half_at,
        met_at=met_at,
    )


def merged(pauses: Sequence[Pause]) -> list[Pause]:
    """The pauses in order, those that touch or overlap as one."""
    found: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.since):
        last = found[-1] if found else None
        if last is None or (last.until is not None and pause.since > last.until):
            found.append(pause)
        elif last.until is not None:
            until = None if pause.until is None else max(last.until, pause.until)
            found[-1] = Pause(last.since, until)
    return found


def _moment(calendar: Calendar, start: dt.datetime, pauses: Sequence[Pause], work: dt.timedelta) -> dt.datetime | None:
    """When `work` was done outside the pauses; None when that is not known because the clock stands still."""
    left, at = work, start
    for pause in pauses:
        done = between(calendar, at, pause.since)
        if done > left:
            break
        if pause.until is None:
            return None
        left, at = left - done, max(at, pause.until)
    return after(calendar, at, left)
