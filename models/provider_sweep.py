"""What the payment provider is asked again and again, so that an event that never came is missed by nobody (WEB-3)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, HasId
from models.operation import Leased

#: Events that were not delivered.
BACKFILL: Final = "backfill"


class ProviderSweep(HasId, Leased, Base):
    """One row for each thing to ask: a period is asked once, whoever wakes it and however often (J16).

    It is a row and not the scheduler's own work because only the money worker holds the provider's key (M16).
    """

    __tablename__ = "provider_sweeps"
    __table_args__ = (sa.UniqueConstraint("name"), sa.Index("ix_provider_sweeps_due", "run_after"))

    name: Mapped[str] = mapped_column(sa.String(40))
    #: Everything up to here is known; the next run asks from here on.
    covered_until: Mapped[dt.datetime | None]
    #: When the round under way began, and up to which account it has come; null between rounds.
    round_began_at: Mapped[dt.datetime | None]
    position: Mapped[str | None] = mapped_column(sa.String(255))
    finished_at: Mapped[dt.datetime | None]
