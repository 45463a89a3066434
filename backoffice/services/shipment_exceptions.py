"""Parcels that somebody must look at, found by the clock (SHP-6): each kind once, as SQL for lists and inboxes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.services import scope
from models import Dispute, Return, Shipment, ShipmentEvent
from models.dispute import DisputeStatus
from models.shipment import ShipmentStatus as S

#: A label that nobody scanned for so long.
UNSCANNED_AFTER: Final = dt.timedelta(hours=48)
#: A parcel on its way that nobody scanned for so long.
STALLED_AFTER: Final = dt.timedelta(days=5)
#: The attempt that is one too many.
ATTEMPTS: Final = 2

_ON_ITS_WAY: Final = (S.PICKED_UP, S.IN_TRANSIT, S.OUT_FOR_DELIVERY)
_OVER: Final = (S.DELIVERED, S.RETURNED)
#: Named one by one, so that an index that begins with the status serves as well.
_OPEN: Final = sa.and_(Shipment.status.in_([one for one in S if one not in _OVER]), Shipment.voided_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of exception: its name in addresses, its words, what to do about it, and which parcels it is about."""

    key: str
    label: str
    next_step: str
    clause: sa.ColumnElement[bool]


def _scanned_since(span: dt.timedelta) -> sa.ColumnElement[bool]:
    recent = sa.and_(ShipmentEvent.occurred_at >= NOW - span, ShipmentEvent.tracking_number.is_(None))
    return sa.exists().where(ShipmentEvent.shipment_id == Shipment.id, recent).correlate(Shipment)


#: All that logistics learn of it is that there is something: the dispute is not theirs to read (ACC-3).
_DISPUTED: Final = (
    sa.exists()
    .where(
        Dispute.order_id == Shipment.order_id,
        Dispute.status.in_((DisputeStatus.OPEN, DisputeStatus.IN_REVIEW)),
    )
    .correlate(Shipment)
)
_RETURN: Final = sa.exists().where(Return.shipment_id == Shipment.id).correlate(Shipment)

_ALL: Final = (
    Kind(
        key="unscanned",
        label="No scan 48 hours after the label",
        next_step="Ask the vendor whether it was handed over, or cancel the label.",
        clause=sa.and_(
            Shipment.status == S.PENDING, Shipment.voided_at.is_(None), Shipment.created_at < NOW - UNSCANNED_AFTER
        ),
    ),
    Kind(
        key="stalled",
        label="No scan for 5 days on its way",
        next_step="Ask the carrier to search for it.",
        # A parcel that left within the span was scanned within it, so the index on that time finds the few.
        clause=sa.and_(
            Shipment.status.in_(_ON_ITS_WAY), Shipment.shipped_at < NOW - STALLED_AFTER, ~_scanned_since(STALLED_AFTER)
        ),
    ),
    Kind(
        key="late",
        label="Past its estimated delivery",
        next_step="Ask the carrier for a new date and correct it here.",
        clause=sa.and_(_OPEN, Shipment.estimated_delivery < NOW),
    ),
    Kind(
        key="failed_twice",
        label="Two attempts failed",
        next_step="Check the address with the customer before the next attempt, or have it returned.",
        clause=sa.and_(_OPEN, Shipment.failed_attempts >= ATTEMPTS),
    ),
    Kind(
        key="returned_unrecorded",
        label="Returned without a return",
        next_step="Propose a return, so that it is counted.",
        clause=sa.and_(Shipment.status == S.RETURNED, ~_RETURN),
    ),
    Kind(
        key="disputed",
        label="Delivered, but disputed",
        next_step="Add the proof of delivery; the dispute is decided by others.",
        clause=sa.and_(Shipment.status == S.DELIVERED, _DISPUTED),
    ),
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.key: kind for kind in _ALL})


def counts(session: Session, acting: Acting) -> dict[str, int]:
    """How many parcels of each kind this person may see; one statement, each part by its own index."""
    parts = [
        sa.select(sa.func.count()).select_from(Shipment).where(scope.predicate(Shipment, acting), kind.clause)
        .scalar_subquery().label(kind.key)
        for kind in _ALL
    ]  # fmt: skip
    return dict(session.execute(sa.select(*parts)).mappings().one())
