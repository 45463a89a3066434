"""What carriers scanned: each scan becomes an event of the parcel with that tracking number (SHP-2, SHP-4)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError
from backoffice.gateways.carriers.registry import SERVICES
from backoffice.gateways.carriers.service import Scan, Tracking
from backoffice.services import carrier_events
from backoffice.services.carrier_events import CarrierEvent
from backoffice.services.webhooks.handler import Handler, Result, failed, ignored, parked, processed
from models import Shipment, WebhookEvent
from models.shipment import EventSource
from models.webhook_event import WebhookProvider

#: A local time that was read as UTC is at most so early: UTC+14 is the easternmost zone, and clocks are not exact.
_EARLY: Final = dt.timedelta(hours=15)


def _apply(session: Session, event: WebhookEvent, _state: object, acting: Acting) -> Result:
    """Tell the parcel everything that was scanned until now. Raises `DomainError` for an event that is none."""
    told = SERVICES[event.provider.value].tracking(event.body)
    if not (told.scans or told.unreadable):
        return ignored("Nothing was scanned yet.")
    if event.object_id is None:
        raise DomainError("The event names no tracking number.")
    parcel_id = _parcel(session, event.object_id)
    if parcel_id is None:
        return parked("No parcel has this tracking number.")
    now = session.scalars(sa.select(NOW)).one()
    source = EventSource(event.provider.value)
    past = [_said(source, scan) for scan in told.scans if scan.at <= now]
    new = carrier_events.receive(session, parcel_id, past, acting=acting)
    return _result(told, now, new)


def _result(told: Tracking, now: dt.datetime, new: int) -> Result:
    """How it ended, once what can be kept is kept.

    Services repeat the story of a parcel each time, so one bad scan does not fail all that they will ever tell of it.
    """
    wrong = told.unreadable + sum(scan.at - now > _EARLY for scan in told.scans)
    total = len(told.scans) + told.undated + told.unreadable
    if wrong == total - told.undated:
        return failed("No scan in it can be read, or all are dated in the future.")
    kept = f"New scans: {new} of {total}."
    if any(now < scan.at <= now + _EARLY for scan in told.scans):
        return parked(f"{kept} What is dated some hours ahead waits until then.")
    kept += f" Left out, without a time: {told.undated}." if told.undated else ""
    kept += f" Left out, unreadable or dated in the future: {wrong}." if wrong else ""
    return processed(kept) if new else ignored(f"Nothing in it was new. {kept}")


def _parcel(session: Session, number: str) -> uuid.UUID | None:
    """The parcel with this number. Services may write it without the blanks, and in capitals."""
    plain = "".join(number.split())
    spellings = list(dict.fromkeys((number, plain, plain.upper())))
    rows = session.execute(
        sa.select(Shipment.tracking_number, Shipment.id).where(Shipment.tracking_number.in_(spellings))
    )
    found = {str(row.tracking_number): row.id for row in rows}
    return next((found[one] for one in spellings if one in found), None)


def _said(source: EventSource, scan: Scan) -> CarrierEvent:
    return CarrierEvent(
        source=source,
        code=scan.code,
        occurred_at=scan.at,
        reason=scan.reason,
        event_id=scan.event_id,
        location=scan.location,
        note=scan.note,
    )


HANDLERS: Final = tuple(
    Handler(provider=WebhookProvider(service.name), types=service.types, apply=_apply) for service in SERVICES.values()
)
