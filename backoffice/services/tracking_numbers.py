"""Carriers use tracking numbers again, so those of old parcels move to their events (SHP-5)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from models import Shipment, ShipmentEvent

_KEPT_FOR: Final = dt.timedelta(days=365)


def retire(session: Session, *, limit: int) -> int:
    """Move the numbers of at most `limit` parcels older than a year; how many were moved.

    The number stays findable with the parcel's events, which are append-only, and is free for a new parcel. Two
    runs at once never move one twice.
    """
    old = (
        sa.select(Shipment.id, Shipment.tracking_number)
        .where(Shipment.tracking_number.is_not(None), Shipment.created_at < NOW - _KEPT_FOR)
        .order_by(Shipment.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    digest = sa.func.encode(sa.func.sha256(sa.func.convert_to("number:" + old.c.tracking_number, "UTF8")), "hex")
    moved = sa.insert(ShipmentEvent).from_select(
        ["shipment_id", "source", "occurred_at", "event_hash", "tracking_number"],
        sa.select(old.c.id, sa.literal("person"), NOW, digest, old.c.tracking_number),
        include_defaults=False,
    )
    kept = moved.returning(ShipmentEvent.shipment_id).cte("kept")
    freed = (
        sa.update(Shipment)
        .where(Shipment.id.in_(sa.select(kept.c.shipment_id)))
        .values(tracking_number=None)
        .returning(Shipment.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(freed).all())
