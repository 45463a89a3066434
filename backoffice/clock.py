"""The only place that reads a clock; leases and limits use the database's (`NOW`)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

#: Wall clock of the database, which moves on inside a long transaction too (leases, J10).
NOW = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))


def now() -> dt.datetime:
    """Now, in UTC, with its zone."""
    return dt.datetime.now(dt.UTC)
