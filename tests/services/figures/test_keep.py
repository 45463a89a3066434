"""Figures of days: what counts, for whom and when; kept when facts change, and proved."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.figures import keep
from models import DailyFigure, FigureMark, Order
from models.figure import Measure
from models.order import OrderStatus, PaymentStatus
from tests.factories import make_order, make_vendor

DAY = dt.date(2024, 2, 29)
NOON = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)


@pytest.fixture
def kept(session: Session) -> Session:
    """Nothing waits to be summed."""
    session.execute(sa.delete(FigureMark))
    return session


def figures(session: Session, measure: Measure, vendor_id: object = None) -> list[tuple[str, int, Decimal | None]]:
    """Currency, number and amount of one measure of the day."""
    found = sa.select(DailyFigure.currency, DailyFigure.number, DailyFigure.amount).where(
        DailyFigure.day == DAY, DailyFigure.measure == measure, DailyFigure.vendor_id.is_not_distinct_from(vendor_id)
    )
    return [(row.currency, row.number, row.amount) for row in session.execute(found.order_by(DailyFigure.currency))]


def paid(session: Session, at: dt.datetime = NOON, **values: object) -> Order:
    return make_order(session, payment_status=PaymentStatus.PAID, created_at=at, **values)


def test_currencies_are_never_summed(kept: Session) -> None:
    """MON-7: a figure has one currency, for each vendor and for all of them."""
    one = make_vendor(kept)
    first, second = paid(kept, vendor=one, currency="USD"), paid(kept, vendor=one, currency="EUR")
    third = paid(kept, currency="EUR")
    assert keep.refresh(kept) == 1
    assert figures(kept, Measure.ORDERS, one.id) == [("EUR", 1, second.total_amount), ("USD", 1, first.total_amount)]
    assert figures(kept, Measure.ORDERS) == [
        ("EUR", 2, second.total_amount + third.total_amount),
        ("USD", 1, first.total_amount),
    ]


def test_a_day_ends_at_midnight_utc(kept: Session) -> None:
    """Half open: the last microsecond is of the day, and midnight is of the next."""
    edge = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)
    last = paid(kept, edge - dt.timedelta(microseconds=1), currency="USD")
    paid(kept, edge, currency="USD")
    keep.refresh(kept)
    assert figures(kept, Measure.ORDERS) == [("USD", 1, last.total_amount)]


def test_what_changes_later_changes_the_day_it_belongs_to(kept: Session) -> None:
    """An order that is paid days after it was placed counts on the day it was placed."""
    order = make_order(
        kept, created_at=NOON, currency="USD", payment_status=PaymentStatus.PENDING, status=OrderStatus.PENDING
    )
    keep.refresh(kept)
    assert figures(kept, Measure.ORDERS) == []
    order.payment_status = PaymentStatus.PAID
    kept.flush()
    assert kept.scalars(sa.select(FigureMark.day)).all() == [DAY]
    keep.refresh(kept)
    assert figures(kept, Measure.ORDERS) == [("USD", 1, order.total_amount)]
    assert keep.refresh(kept) == 0


def test_what_no_figure_is_made_of_marks_nothing(kept: Session) -> None:
    order = paid(kept)
    keep.refresh(kept)
    order.notes = "Ring twice"
    kept.flush()
    assert keep.refresh(kept) == 0


def test_what_is_wrong_is_found_and_mended(kept: Session) -> None:
    """`backoffice rollup verify`: a figure that was changed, one too many, one that is missing."""
    paid(kept, currency="USD")
    keep.refresh(kept)
    assert keep.wrong(kept, [DAY]) == {}
    kept.execute(sa.update(DailyFigure).where(DailyFigure.day == DAY).values(number=DailyFigure.number + 1))
    assert DAY in keep.wrong(kept, [DAY])
    keep.rebuild(kept, [DAY])
    assert keep.wrong(kept, [DAY]) == {}
    kept.execute(sa.delete(DailyFigure).where(DailyFigure.day == DAY, DailyFigure.vendor_id.is_(None)))
    # Of orders, and of their commission.
    assert keep.wrong(kept, [DAY]) == {DAY: 2}


def test_a_day_that_waits_is_not_called_wrong(kept: Session) -> None:
    paid(kept, currency="USD")
    assert keep.wrong(kept, [DAY]) == {}
    assert keep.all_days(kept, DAY)[-1][-1] == DAY
