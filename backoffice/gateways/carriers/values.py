"""From what services write to plain values: nothing in an event is as it should be until it was looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from backoffice.gateways.carriers.service import BadEventError, Body, Scan, Tracking

#: No parcel was ever scanned so often.
MOST_SCANS: Final = 1000
#: As long as `shipments` and `shipment_events` keep them.
_NUMBER, _CODE, _EVENT_ID, _LOCATION, _NOTE = 64, 64, 100, 200, 2000
_YEARS: Final = range(2000, 2100)


def text(value: Any, most: int) -> str | None:
    """A line of at most `most` characters, without what cannot be shown; None for nothing and for what is no text."""
    if not isinstance(value, str):
        return None
    line = "".join(one for one in " ".join(value.split()) if one.isprintable())
    return line[:most].strip() or None


def number(value: Any) -> str | None:
    """A tracking number."""
    return text(value, _NUMBER)


def part(body: Body, name: str) -> Body:
    """The object called `name`; empty when there is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def moment(value: Any) -> dt.datetime | None:
    """An ISO 8601 time; None when there is none. Raises `BadEventError`.

    Without a zone it is read as UTC: services hand on what carriers print, and nobody says which place's time that is.
    """
    if value is None or value == "":
        return None
    try:
        found = dt.datetime.fromisoformat(value.strip())
    except (AttributeError, ValueError) as error:
        raise BadEventError("A time cannot be read.") from error
    if found.year not in _YEARS:
        raise BadEventError("A time is not of this century.")
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def moment_or_none(value: Any) -> dt.datetime | None:
    """The same where nothing depends on it."""
    try:
        return moment(value)
    except BadEventError:
        return None


def scan(
    *, code: Any, at: Any, reason: Any = None, event_id: Any = None, place: Sequence[Any] = (), note: Any = None
) -> Scan | None:
    """A scan from its parts as they came; None for one without a time. Raises `BadEventError` for one that is none."""
    said = text(code, _CODE)
    if said is None:
        raise BadEventError("A scan has no status.")
    when = moment(at)
    if when is None:
        return None
    return Scan(
        code=said,
        at=when,
        reason=text(reason, _CODE),
        event_id=text(event_id, _EVENT_ID),
        location=text(", ".join(one for one in place if isinstance(one, str) and one.strip()), _LOCATION),
        note=text(note, _NOTE),
    )


def tracking(entries: Any, read: Callable[[Body], Scan | None]) -> Tracking:
    """Every entry that can be read, and how many cannot. Raises `BadEventError` when there are too many, or no list."""
    if not isinstance(entries, list):
        raise BadEventError("The event has no list of scans.")
    if len(entries) > MOST_SCANS:
        raise BadEventError(f"The event has {len(entries):,} scans; no parcel has more than {MOST_SCANS:,}.")
    scans, undated, unreadable = [], 0, 0
    for entry in entries:
        try:
            found = read(entry if isinstance(entry, dict) else {})
        except BadEventError:
            unreadable += 1
            continue
        if found is None:
            undated += 1
        else:
            scans.append(found)
    return Tracking(scans=scans, undated=undated, unreadable=unreadable)
