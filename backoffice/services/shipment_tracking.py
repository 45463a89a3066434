"""Writing events of parcels and what follows from them: status, milestones, the projection, notices (SHP-2)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.services.carrier_codes import meaning
from backoffice.services.notifications import Note, send
from backoffice.services.shipment_status import Scan, derive, event_hash
from backoffice.services.transitions import move
from models import Order, Shipment, ShipmentEvent
from models.base import uuid7
from models.notification import NotificationType
from models.shipment import ShipmentStatus

#: What a vendor wants to know at once.
_NEWS = {
    ShipmentStatus.DELIVERED: NotificationType.SUCCESS,
    ShipmentStatus.FAILED: NotificationType.WARNING,
    ShipmentStatus.RETURNED: NotificationType.WARNING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a person says happened. `occurred_at` None means now; `proof`: who signed, or where it was left."""

    status: ShipmentStatus
    occurred_at: dt.datetime | None = None
    location: str | None = None
    note: str | None = None
    proof: str | None = None


def record(
    session: Session, parcels: Sequence[Shipment], report: Report, moment: dt.datetime, *, acting: Acting
) -> dict[uuid.UUID, str]:
    """Add the event to each parcel (read locked) and recompute it from all its events; a sentence for each."""
    if not parcels:
        return {}
    new = _insert(session, parcels, report, moment, acting)
    events = _events(session, parcels)
    return {
        parcel.id: _recompute(session, parcel, events[parcel.id], report.status, acting)
        if parcel.id in new
        else "This was already recorded."
        for parcel in parcels
    }


def recompute(session: Session, parcel: Shipment, *, acting: Acting) -> None:
    """Let a parcel (read locked) follow from all its events, whoever told them: the provider's step (B12)."""
    _recompute(session, parcel, _events(session, [parcel])[parcel.id], None, acting)


def scan(event: ShipmentEvent) -> Scan:
    """What an event says, by the table of its carrier (SHP-4)."""
    first = meaning(event.source, event.raw_code, event.raw_reason).first if event.raw_code else None
    return Scan(event.status, event.occurred_at, first, event.incident)


def tell_vendors(session: Session, parcels: Sequence[Shipment], orders: Mapping[uuid.UUID, Order]) -> None:
    """Tell the vendors whose parcels arrived, failed or came back."""
    for status, severity in _NEWS.items():
        notes = [
            Note(
                user_id=orders[parcel.order_id].vendor_id,
                title=f"A parcel: {status.label.lower()}",
                message=f"{parcel} of order {orders[parcel.order_id].order_number} is now: {status.label.lower()}.",
                subject=("shipments", parcel.id),
            )
            for parcel in parcels
            if parcel.status is status
        ]
        send(session, notes, event=f"shipment.{status.value}", severity=severity)


def _insert(
    session: Session, parcels: Sequence[Shipment], report: Report, moment: dt.datetime, acting: Acting
) -> set[uuid.UUID]:
    """Write the events; the ids of the parcels for which it is news."""
    location = (report.location or "").strip() or None
    rows = [
        {
            "id": uuid7(),
            "shipment_id": parcel.id,
            "status": report.status,
            "occurred_at": moment,
            "location": location,
            "note": (report.note or "").strip() or None,
            "proof": (report.proof or "").strip() or None,
            "event_hash": event_hash(report.status, moment, location),
            "recorded_by": acting.user_id,
        }
        for parcel in parcels
    ]
    statement = insert(ShipmentEvent).values(rows).on_conflict_do_nothing().returning(ShipmentEvent.shipment_id)
    return set(session.scalars(statement))


def _events(session: Session, parcels: Sequence[Shipment]) -> dict[uuid.UUID, list[ShipmentEvent]]:
    found: dict[uuid.UUID, list[ShipmentEvent]] = defaultdict(list)
    query = (
        sa.select(ShipmentEvent)
        .where(ShipmentEvent.shipment_id.in_([parcel.id for parcel in parcels]))
        .order_by(ShipmentEvent.occurred_at, ShipmentEvent.event_hash)
    )
    for event in session.scalars(query):
        found[event.shipment_id].append(event)
    return found


def _recompute(
    session: Session, parcel: Shipment, events: Sequence[ShipmentEvent], reported: ShipmentStatus | None, acting: Acting
) -> str:
    derived = derive(scan(event) for event in events if event.status or event.incident)
    parcel.shipped_at = derived.shipped_at
    parcel.delivered_at = derived.delivered_at
    # Not "or it was so before": then the order of arrival would matter.
    parcel.needs_review = derived.contradicted
    parcel.exception = derived.incident
    parcel.failed_attempts = derived.failed_attempts
    parcel.tracking_events = [_shown(event) for event in events if event.status or event.incident]
    if derived.status is parcel.status:
        return f"Recorded. The parcel stays {parcel.status.label.lower()}."
    # A status that follows from older events is the system's conclusion, not the person's step (B12).
    own = reported is derived.status and parcel.status.allows(derived.status, acting.actor)
    move(session, parcel, derived.status, acting=acting, actor=None if own else Actor.SYSTEM, flush=False)
    return f"{derived.status.label}."


def _shown(event: ShipmentEvent) -> dict[str, Any]:
    """One entry of `tracking_events`; the proof names a person, so it stays with the event."""
    return {
        "status": (event.status or event.incident or "").strip(),
        "occurred_at": event.occurred_at.astimezone(dt.UTC).isoformat(),
        "location": event.location,
        "note": event.note,
    }
