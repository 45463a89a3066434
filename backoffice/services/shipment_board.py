"""Parcels that are not done, by status: how many, since when, and the oldest of each with what is wrong (SHP-6)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import scope
from backoffice.services.shipment_exceptions import KINDS
from models import Order, Shipment, User
from models.shipment import Incident
from models.shipment import ShipmentStatus as S

#: Parcels shown of each column, and as far as they are counted.
CARDS: Final = 6
LIMIT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One column. A delivered or returned parcel is done, unless `kind` finds it."""

    status: S
    label: str
    kind: str | None = None

    @property
    def clause(self) -> sa.ColumnElement[bool]:
        """Which parcels stand in it; a cancelled label stands in none."""
        if self.kind is not None:
            return KINDS[self.kind].clause
        return sa.and_(Shipment.status == self.status, Shipment.voided_at.is_(None))


LANES: Final = (
    *(
        Lane(status=one, label=one.label)
        for one in (S.PENDING, S.PICKED_UP, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.FAILED)
    ),
    Lane(status=S.DELIVERED, label=KINDS["disputed"].label, kind="disputed"),
    Lane(status=S.RETURNED, label=KINDS["returned_unrecorded"].label, kind="returned_unrecorded"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One parcel: what a person needs to know to reach for it."""

    id: uuid.UUID
    number: str | None
    order_id: uuid.UUID
    order: str
    courier: str | None
    since: dt.datetime
    wrong: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A lane as it is now. `count` goes up to `LIMIT`, and one beyond it where there are more."""

    lane: Lane
    count: int
    oldest: dt.datetime | None
    cards: Sequence[Card]


def read(session: Session, acting: Acting, *, mine: bool) -> list[Column]:
    """The board in two statements: counts with the oldest rows of each lane, then what is wrong with those rows."""
    seen = scope.predicate(Shipment, acting)
    own = Shipment.assigned_to == acting.user_id if mine else sa.true()
    parts = [_part(number, lane, sa.and_(lane.clause, seen, own)) for number, lane in enumerate(LANES)]
    rows = session.execute(sa.union_all(*parts)).all()
    wrong = _wrong(session, [row.id for row in rows])
    return [_column(lane, [row for row in rows if row.lane == number], wrong) for number, lane in enumerate(LANES)]


def _part(number: int, lane: Lane, clause: sa.ColumnElement[bool]) -> Any:
    """The oldest parcels of a lane, each with the count of the lane, which stops at the limit."""
    found = sa.select(Shipment.id, Shipment.created_at).where(clause).limit(LIMIT + 1)
    if lane.kind is None:
        # What the clock finds is little and has no index in the order of time: walking one would read all that is done.
        found = found.order_by(Shipment.created_at, Shipment.id)
    oldest = found.cte(f"lane_{number}")
    count = sa.select(sa.func.count()).select_from(oldest).scalar_subquery()
    first = sa.select(oldest.c.id).order_by(oldest.c.created_at, oldest.c.id).limit(CARDS).subquery()
    return (
        sa.select(
            sa.literal_column(str(number)).label("lane"),
            count.label("count"),
            Shipment.id,
            Shipment.tracking_number,
            Shipment.created_at,
            Shipment.exception,
            Shipment.needs_review,
            Order.id.label("order_id"),
            Order.order_number,
            (User.first_name + " " + User.last_name).label("courier"),
        )
        .join(first, first.c.id == Shipment.id)
        .join(Order, Order.id == Shipment.order_id)
        .outerjoin(User, User.id == Shipment.assigned_to)
    )


def _wrong(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """The kinds of exception that the clock finds among these parcels."""
    flags = [kind.clause.label(kind.key) for kind in KINDS.values()]
    rows = session.execute(sa.select(Shipment.id, *flags).where(Shipment.id.in_(ids))).mappings()
    return {row["id"]: [kind.label for kind in KINDS.values() if row[kind.key]] for row in rows}


def _column(lane: Lane, rows: Sequence[Any], wrong: dict[uuid.UUID, list[str]]) -> Column:
    cards = [
        Card(
            id=row.id,
            number=row.tracking_number,
            order_id=row.order_id,
            order=row.order_number,
            courier=row.courier,
            since=row.created_at,
            wrong=_sentences(row.exception, wrong.get(row.id, []), lane, needs_review=row.needs_review),
        )
        for row in sorted(rows, key=lambda row: (row.created_at, row.id))
    ]
    return Column(
        lane=lane,
        count=rows[0].count if rows else 0,
        oldest=min((card.since for card in cards), default=None),
        cards=cards,
    )


def _sentences(exception: Incident | None, found: Sequence[str], lane: Lane, *, needs_review: bool) -> list[str]:
    """What is wrong in words, but for what the lane says already."""
    said = [exception.label] if exception else []
    doubtful = ["Its events contradict each other"] if needs_review else []
    return [*said, *(one for one in found if one != lane.label), *doubtful]
