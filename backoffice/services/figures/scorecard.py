"""How a vendor does beside the marketplace: shares of orders that go wrong, and what customers say of its products.

Counts of all currencies go into one share; money of two currencies is never added up (MON-7).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.figures.read import Period
from models import DailyFigure
from models.figure import Measure

#: Below so many of what is divided by, a share says more about chance than about the vendor.
ENOUGH: Final = 10

Counts: TypeAlias = Mapping[Measure, tuple[int, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One line of the card: `over` divided by the number of `under`, where `over` is a number, or a sum of ratings."""

    key: str
    label: str
    over: Measure
    under: Measure
    #: What `under` counts, in words.
    of: str
    rating: bool = False

    def value(self, counts: Counts) -> Decimal | None:
        """The share, or the mean rating; None where there is nothing to divide by."""
        number, amount = counts.get(self.over, (0, Decimal(0)))
        base = counts.get(self.under, (0, Decimal(0)))[0]
        return (amount if self.rating else Decimal(number)) / base if base else None


MARKS: Final = (
    Mark(key="cancelled", label="Cancelled", over=Measure.CANCELLED, under=Measure.ORDERS, of="paid orders"),
    Mark(key="late", label="Later than promised", over=Measure.LATE, under=Measure.DELIVERED, of="delivered orders"),
    Mark(key="refunds", label="Refunded", over=Measure.REFUNDS, under=Measure.ORDERS, of="paid orders"),
    Mark(key="disputes", label="Disputed", over=Measure.DISPUTES, under=Measure.ORDERS, of="paid orders"),
    Mark(key="rating", label="Rating", over=Measure.RATINGS, under=Measure.RATINGS, of="reviews", rating=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One mark of a vendor beside that of all vendors."""

    mark: Mark
    value: Decimal | None
    everybody: Decimal | None
    #: By how many it was divided.
    base: int

    @property
    def better(self) -> bool | None:
        """Whether the vendor does better than the marketplace; None where too little is known, or it is the same."""
        if self.value is None or self.everybody is None or self.base < ENOUGH or self.value == self.everybody:
            return None
        return (self.value > self.everybody) is self.mark.rating


def scorecard(session: Session, vendor_id: uuid.UUID, period: Period) -> list[Line]:
    """The card of a vendor over a period, from the daily figures, in one statement."""
    own = DailyFigure.vendor_id == vendor_id
    rows = session.execute(
        sa.select(
            own.is_(sa.true()).label("own"),
            DailyFigure.measure,
            sa.func.sum(DailyFigure.number),
            sa.func.sum(DailyFigure.amount),
        )
        .where(
            sa.or_(own, DailyFigure.vendor_id.is_(None)),
            DailyFigure.day >= period.since,
            DailyFigure.day <= period.until,
        )
        .group_by(sa.text("own"), DailyFigure.measure)
    ).all()
    card, everybody = (
        {measure: (int(number), amount or Decimal(0)) for whose, measure, number, amount in rows if whose is mine}
        for mine in (True, False)
    )
    return [
        Line(
            mark=mark,
            value=mark.value(card),
            everybody=mark.value(everybody),
            base=card.get(mark.under, (0, Decimal(0)))[0],
        )
        for mark in MARKS
    ]
