"""The status of a parcel as a pure function of the set of its events (SHP-2)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from models.shipment import Incident, ShipmentStatus

#: Decides between events of the same moment.
_RANK = {status: rank for rank, status in enumerate(ShipmentStatus)}
_FINAL = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED})
#: What does not say that the parcel moves.
_STILL = frozenset({None, ShipmentStatus.PENDING})


@dataclass(frozen=True, slots=True)
class Scan:
    """What one event says: which status, what is wrong, and when it happened (not when we heard of it)."""

    #: None: only that something is wrong.
    status: ShipmentStatus | None
    occurred_at: dt.datetime
    #: What it says when nothing else was scanned yet; some carriers have one code for both (SHP-4).
    first: ShipmentStatus | None = None
    incident: Incident | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What all events together say. Milestones that nobody scanned follow from later ones (SHP-3)."""

    status: ShipmentStatus
    shipped_at: dt.datetime | None
    delivered_at: dt.datetime | None
    #: An event after delivery says that the parcel is still on its way.
    contradicted: bool
    #: What the last event says is wrong, while the parcel is on its way (SHP-4).
    incident: Incident | None = None
    failed_attempts: int = 0


def derive(scans: Iterable[Scan]) -> Derived:
    """`returned` beats `delivered` beats the rest; of the rest the latest counts, then the one further on (SHP-2)."""
    scans = list(scans)
    moving = [scan.occurred_at for scan in scans if scan.status not in _STILL]
    delivered = [scan.occurred_at for scan in scans if scan.status is ShipmentStatus.DELIVERED]
    status = _status(scans)
    delivered_at = min(delivered, default=None)
    return Derived(
        status=status,
        shipped_at=min(moving, default=None),
        delivered_at=delivered_at,
        contradicted=status is ShipmentStatus.DELIVERED
        and any(scan.status and scan.status not in _FINAL and scan.occurred_at > min(delivered) for scan in scans),
        incident=None if status in _FINAL else _incident(scans),
        failed_attempts=len({scan.occurred_at for scan in scans if scan.status is ShipmentStatus.FAILED}),
    )


def event_hash(status: ShipmentStatus, occurred_at: dt.datetime, location: str | None) -> str:
    """What makes an event the same one when it arrives twice: status, moment and place (SHP-2)."""
    moment = occurred_at.astimezone(dt.UTC).isoformat()
    return hashlib.sha256("\n".join((status.value, moment, location or "")).encode()).hexdigest()


def _status(scans: list[Scan]) -> ShipmentStatus:
    said = {scan.status for scan in scans}
    for final in (ShipmentStatus.RETURNED, ShipmentStatus.DELIVERED):
        if final in said:
            return final
    known = [(scan, scan.status) for scan in scans if scan.status is not None]
    if not known:
        return ShipmentStatus.PENDING
    # Whoever has a word of its own for what it says is believed before whoever has one word for two things.
    latest, status = max(known, key=lambda pair: (pair[0].occurred_at, _RANK[pair[1]], pair[0].first is None))
    moves = {scan for scan, said_ in known if said_ not in _STILL}
    return latest.first if latest.first and len(moves) == 1 else status


def _incident(scans: list[Scan]) -> Incident | None:
    """What the latest event says is wrong; one that says nothing of the kind clears the flag."""

    def place(scan: Scan) -> tuple[dt.datetime, int, str]:
        return scan.occurred_at, -1 if scan.status is None else _RANK[scan.status], scan.incident or ""

    latest = max(scans, key=place, default=None)
    return latest.incident if latest else None
