"""What came in lately, day by day: the chart on the home page of a panel, and the table behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services import scope
from models import Dispute, Order, Payout, Product, Refund, Shipment
from models.base import Base
from views.formats import Format

DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line: rows of an entity by the day on which they were made."""

    label: str
    model: type[Base]


SERIES: Mapping[Role, Sequence[Series]] = {
    Role.ADMIN: (
        Series(label="Orders", model=Order),
        Series(label="Products", model=Product),
        Series(label="Disputes", model=Dispute),
    ),
    Role.FINANCE: (
        Series(label="Orders", model=Order),
        Series(label="Refunds", model=Refund),
        Series(label="Payouts", model=Payout),
    ),
    Role.LOGISTICS: (Series(label="Orders", model=Order), Series(label="Shipments", model=Shipment)),
    Role.VENDOR: (Series(label="Orders", model=Order), Series(label="Products", model=Product)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The days, and for each line its figure on each of them."""

    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[int]]]

    @property
    def chart(self) -> dict[str, Any]:
        """As the script that draws it reads it."""
        return {"labels": self.labels, "series": [{"label": label, "values": values} for label, values in self.series]}


def trend(session: Session, role: Role, acting: Acting, form: Format) -> Trend:
    """The last fourteen days in the person's time zone, today being the last, in one statement."""
    today = now().astimezone(form.zone).date()
    days = [today - dt.timedelta(days=back) for back in reversed(range(DAYS))]
    start = dt.datetime.combine(days[0], dt.time(), form.zone)
    found: dict[tuple[int, dt.date], int] = {}
    parts = [_counted(place, one.model, start, form, acting) for place, one in enumerate(SERIES[role])]
    for place, day, count in session.execute(sa.union_all(*parts)):
        found[place, day] = count
    return Trend(
        labels=[form.day(dt.datetime.combine(day, dt.time(12), form.zone)) for day in days],
        series=[(one.label, [found.get((place, day), 0) for day in days]) for place, one in enumerate(SERIES[role])],
    )


def _counted(place: int, model: Any, start: dt.datetime, form: Format, acting: Acting) -> sa.Select[Any]:
    # The zone stands in the statement itself, because GROUP BY must see the same expression.
    zone = sa.literal_column("'" + str(form.zone).replace("'", "") + "'")
    day = sa.cast(sa.func.timezone(zone, model.created_at), sa.Date)
    return (
        sa.select(sa.literal(place), day, sa.func.count())
        .where(scope.predicate(model, acting), model.created_at >= start)
        .group_by(day)
    )
