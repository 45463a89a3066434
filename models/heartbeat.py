"""Signs of life of processes that nobody talks to: the scheduler says here that it works (J19)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

#: Name of the scheduler that holds the leader lock.
RELAY: Final = "relay"


class Heartbeat(Base):
    """One row a kind of process; `beat_at` is when it last said that it works, by the database's clock."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    beat_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
