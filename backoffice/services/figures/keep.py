"""Keeping the figures: days whose facts were touched are summed anew, and everything can be proved or made again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import DailyFigure, FigureMark

#: Days that one transaction sums anew at most, and that one look at everything compares at a time.
DAYS: Final = 31
_LOCK: Final = sa.text("SELECT pg_advisory_xact_lock(7245310006)")
#: The figures of some days, as the facts have them now.
_SUMS: Final = (
    sa.text((Path(__file__).parent / "sums.sql").read_text(encoding="utf-8"))
    .columns(
        sa.column("day", sa.Date()),
        sa.column("vendor_id", sa.Uuid()),
        sa.column("measure", sa.Text()),
        sa.column("currency", sa.Text()),
        sa.column("number", sa.BigInteger()),
        sa.column("amount", sa.Numeric()),
        sa.column("seconds", sa.BigInteger()),
    )
    .subquery("sums")
)
_KEPT: Final = sa.select(*(DailyFigure.__table__.c[column.name] for column in _SUMS.c))
#: From the first fact on; orders are the oldest that a figure tells of.
_FIRST: Final = sa.text(
    "SELECT least((SELECT min(created_at) FROM orders), (SELECT min(start_date) FROM subscriptions),"
    " (SELECT min(day) FROM daily_figures)::timestamptz)"
)


def refresh(session: Session) -> int:
    """Sum the days anew whose facts were touched, the latest first; how many there were.

    A mark is taken away in the transaction that sums its day. What is committed meanwhile has a mark of its own.
    """
    session.execute(_LOCK)
    touched = session.scalars(sa.select(FigureMark.day).distinct().order_by(FigureMark.day.desc()).limit(DAYS)).all()
    if touched:
        session.execute(
            sa.delete(FigureMark).where(FigureMark.day.in_(touched)).execution_options(synchronize_session=False)
        )
        _sum(session, touched)
    return len(touched)


def rebuild(session: Session, days: Sequence[dt.date]) -> None:
    """Sum these days anew, whatever is known of them."""
    session.execute(_LOCK)
    _sum(session, days)


def wrong(session: Session, days: Sequence[dt.date]) -> dict[dt.date, int]:
    """How many figures of each of these days are not what the facts say; days that wait to be summed are left out."""
    kept, sums = _KEPT.where(DailyFigure.day.in_(days)), sa.select(_SUMS)
    differing = sa.union_all(sums.except_(kept), kept.except_(sums)).subquery()
    statement = (
        sa.select(differing.c.day, sa.func.count().label("figures"))
        .where(differing.c.day.not_in(sa.select(FigureMark.day)))
        .group_by(differing.c.day)
        .order_by(differing.c.day)
    )
    return {row.day: row.figures for row in session.execute(statement, {"days": list(days)})}


def all_days(session: Session, until: dt.date) -> list[list[dt.date]]:
    """Every day from the first fact to `until`, in parts that one transaction can take."""
    first = session.scalar(_FIRST)
    if first is None:
        return []
    count = (until - first.date()).days + 1
    days = [first.date() + dt.timedelta(days=number) for number in range(max(count, 0))]
    return [days[at : at + DAYS] for at in range(0, len(days), DAYS)]


def _sum(session: Session, days: Sequence[dt.date]) -> None:
    session.execute(
        sa.delete(DailyFigure).where(DailyFigure.day.in_(days)).execution_options(synchronize_session=False)
    )
    table: Any = DailyFigure.__table__
    insert = sa.insert(table).from_select([one.name for one in _SUMS.c], sa.select(_SUMS), include_defaults=False)
    session.execute(insert, {"days": list(days)})
