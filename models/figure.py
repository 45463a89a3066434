"""Figures of each day, summed ahead so that pages need not: kept by a job, and proved against the facts."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum
from models.base import Base, Currency, HasId, check, enum_column, foreign_key


class Measure(LabelledEnum):
    """What is counted, by the day on which it happened (UTC)."""

    ORDERS = "orders", "Paid orders"
    COMMISSION = "commission"
    CANCELLED = "cancelled", "Cancelled orders"
    DELIVERED = "delivered", "Delivered orders"
    LATE = "late", "Parcels later than promised"
    REFUNDS = "refunds", "Refunds"
    DISPUTES = "disputes", "Disputes opened"
    RATINGS = "ratings", "Ratings"
    DECISIONS = "decisions", "Products decided about"
    SUBSCRIPTIONS_BEGUN = "subscriptions_begun", "Subscriptions begun"
    SUBSCRIPTIONS_ENDED = "subscriptions_ended", "Subscriptions ended"


class DailyFigure(HasId, Base):
    """One measure of one day, vendor and currency; without a vendor, that of all vendors together.

    Amounts of different currencies are never summed (MON-7); of ratings the amount is their sum. `seconds` is how long
    the counted things took together: orders from being placed to being delivered, products from being handed in to the
    decision.
    """

    __tablename__ = "daily_figures"
    __table_args__ = (
        sa.Index(
            "uq_daily_figures_day", "day", "measure", "vendor_id", "currency",
            unique=True, postgresql_nulls_not_distinct=True,
        ),
        sa.Index("ix_daily_figures_vendor_id_day", "vendor_id", "day"),
        check("number_positive", "number > 0"),
    )  # fmt: skip

    day: Mapped[dt.date]
    vendor_id: Mapped[uuid.UUID | None] = foreign_key("users.id", index=False)
    measure: Mapped[Measure] = enum_column(Measure)
    currency: Mapped[Currency]
    number: Mapped[int] = mapped_column(sa.BigInteger)
    amount: Mapped[Decimal | None]
    seconds: Mapped[int | None] = mapped_column(sa.BigInteger)


class FigureMark(HasId, Base):
    """Something happened to the facts of this day: its figures are summed anew. Written by triggers, in no order."""

    __tablename__ = "figure_marks"
    __table_args__ = (sa.Index("ix_figure_marks_day", "day"),)

    day: Mapped[dt.date]
