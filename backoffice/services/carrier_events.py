"""What carriers tell of a parcel: kept as they said it, once, and understood by the table of SHP-4."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import InvalidInputError
from backoffice.services import shipments
from backoffice.services.carrier_codes import meaning
from models import Shipment, ShipmentEvent
from models.base import uuid7
from models.shipment import EventSource


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierEvent:
    """One event in the carrier's words. `event_id` is the carrier's own, where it has one."""

    source: EventSource
    code: str
    occurred_at: dt.datetime
    reason: str | None = None
    event_id: str | None = None
    location: str | None = None
    note: str | None = None


def receive(session: Session, parcel_id: uuid.UUID, events: Sequence[CarrierEvent], *, acting: Acting) -> int:
    """Keep the events that are new, and let parcel, order and notices follow; how many were new (SHP-2).

    Safe to repeat, in any order. Raises `NotFoundError`, and `InvalidInputError` for an event of the future.
    """
    order, parcel = shipments.lock_one(session, parcel_id, acting)
    now = session.scalars(sa.select(NOW)).one()
    if any(event.occurred_at > now for event in events):
        raise InvalidInputError("An event cannot be in the future.", field="occurred_at")
    if not events:
        return 0
    unless_there = insert(ShipmentEvent).values([_row(parcel, event) for event in events]).on_conflict_do_nothing()
    new = session.scalars(unless_there.returning(ShipmentEvent.id)).all()
    if new and parcel.voided_at is not None:
        # The label was cancelled, and still somebody scans it.
        parcel.needs_review = True
        session.flush()
    elif new:
        shipments.follow_events(session, order, parcel, acting=acting)
    return len(new)


def _row(parcel: Shipment, event: CarrierEvent) -> dict[str, object]:
    said = meaning(event.source, event.code, event.reason)
    return {
        "id": uuid7(),
        "shipment_id": parcel.id,
        "source": event.source,
        "status": said.status,
        "incident": said.incident,
        "occurred_at": event.occurred_at,
        "location": (event.location or "").strip() or None,
        "note": (event.note or "").strip() or None,
        "carrier_event_id": event.event_id,
        "event_hash": _hash(event),
        "raw_code": event.code,
        "raw_reason": event.reason,
    }


def _hash(event: CarrierEvent) -> str:
    """The carrier's code with its reason, the moment and the place make an event the same one (SHP-2)."""
    moment = event.occurred_at.astimezone(dt.UTC).isoformat()
    said = (event.source.value, event.code, event.reason or "", moment, (event.location or "").strip())
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
