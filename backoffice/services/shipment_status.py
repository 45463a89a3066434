"""The status of a parcel as a pure function of the set of its events (SHP-2)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from models.shipment import ShipmentStatus

#: Decides between events of the same moment.
_RANK = {status: rank for rank, status in enumerate(ShipmentStatus)}
_FINAL = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class Scan:
    """What one event says: which status, and when it happened (not when we heard of it)."""

    status: ShipmentStatus
    occurred_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What all events together say. Milestones that nobody scanned follow from later ones (SHP-3)."""

    status: ShipmentStatus
    shipped_at: dt.datetime | None
    delivered_at: dt.datetime | None
    #: An event after delivery says that the parcel is still on its way.
    contradicted: bool


def derive(scans: Iterable[Scan]) -> Derived:
    """`returned` beats `delivered` beats the rest; of the rest the latest counts, then the one further on (SHP-2)."""
    scans = list(scans)
    moving = [scan.occurred_at for scan in scans if scan.status is not ShipmentStatus.PENDING]
    delivered = [scan.occurred_at for scan in scans if scan.status is ShipmentStatus.DELIVERED]
    status = _status(scans)
    delivered_at = min(delivered, default=None)
    return Derived(
        status=status,
        shipped_at=min(moving, default=None),
        delivered_at=delivered_at,
        contradicted=status is ShipmentStatus.DELIVERED
        and any(scan.status not in _FINAL and scan.occurred_at > min(delivered) for scan in scans),
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
    latest = max(scans, key=lambda scan: (scan.occurred_at, _RANK[scan.status]), default=None)
    return latest.status if latest else ShipmentStatus.PENDING
