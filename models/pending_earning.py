"""Order lines of which nothing is available yet, so that a sweep reads those that may be due and no others (E3)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class PendingEarning(Base):
    """There for each order line without a journal `earning_available`: triggers add it and take it away.

    Triggers set `look_at` to now when something happens that could free the line; the sweep sets it to the next moment
    at which time alone could. Whether the line is free it does not say: that is always asked of the facts (PAY-1).
    """

    __tablename__ = "pending_earnings"
    __table_args__ = (
        sa.Index("ix_pending_earnings_look_at", "look_at", postgresql_where=sa.text("look_at IS NOT NULL")),
    )

    order_item_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("order_items.id", ondelete="RESTRICT"), primary_key=True
    )
    #: Null: when something happens to it.
    look_at: Mapped[dt.datetime | None]
