"""What a report's file holds: its statement with the values in it, formatted in SQL, safe in spreadsheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.exports import texts
from backoffice.services.exports.life import MAX_ROWS
from backoffice.services.exports.writing import Sheet
from backoffice.services.figures.read import Period
from backoffice.services.reports.types import KINDS, Column, Kind, Shape
from models import Report
from models.report import ReportFormat, ReportType

_FOLDER: Final = Path(__file__).parent / "sql"
#: What the writers of files make of each shape.
_HEADS: Final[Mapping[Shape, str]] = {Shape.AMOUNT: "money", Shape.NUMBER: "number", Shape.HOURS: "rate"}


def sheet(session: Session, report: Report) -> Sheet:
    """The sheet of this report. Raises `KeyError` when its filters have no period."""
    kind = KINDS[report.type]
    period, currency = period_of(report.filters or {}), (report.filters or {}).get("currency")
    facts = [("Period (UTC)", f"{period.since} to {period.until}")]
    if kind.by_currency:
        facts.append(("Currency", currency or "each by itself"))
    return Sheet(
        title=report.name,
        statement=texts.compiled(session, select(kind, period, currency, safe=report.format is ReportFormat.CSV)),
        heads=heads(kind),
        facts=facts,
    )


def heads(kind: Kind) -> list[dict[str, str]]:
    """Heading and kind of each column of the file."""
    return [{"label": column.label, "kind": _HEADS.get(column.shape, "text")} for column in kind.columns]


def period_of(filters: Mapping[str, Any]) -> Period:
    """The days that a report is about. Raises `KeyError` without them."""
    return Period(since=dt.date.fromisoformat(filters["from"]), until=dt.date.fromisoformat(filters["to"]))


def select(kind: Kind, period: Period, currency: str | None, *, safe: bool) -> sa.Select[Any]:
    """The rows as the file has them; `safe` when nothing but the text itself keeps it from being a formula."""
    given = sa.text(_statement(kind.type)).bindparams(
        sa.bindparam("since", period.since, sa.Date()),
        sa.bindparam("until", period.until, sa.Date()),
        *([sa.bindparam("currency", currency, sa.String())] if kind.by_currency else []),
    )
    rows = given.columns(*(column.sql for column in kind.columns)).subquery("report")
    columns = [_shown(column, rows.c, safe=safe).label(column.label) for column in kind.columns]
    order = [rows.c[key.removeprefix("-")].desc() if key.startswith("-") else rows.c[key] for key in kind.order]
    return sa.select(*columns).order_by(*order).limit(MAX_ROWS)


def _shown(column: Column, row: Any, *, safe: bool) -> sa.ColumnElement[Any]:
    value = row[column.key]
    if column.shape is Shape.AMOUNT:
        return texts.amount(value, row["currency"])
    if column.shape is Shape.TIME:
        return texts.moment(value)
    if column.shape is Shape.HOURS:
        return sa.func.round(value, 1)
    if column.shape is Shape.TEXT and safe:
        return texts.safe_text(value)
    return value if column.shape is Shape.NUMBER else texts.plain_text(value)


@cache
def _statement(kind: ReportType) -> str:
    return (_FOLDER / f"{kind.value}.sql").read_text(encoding="utf-8")
