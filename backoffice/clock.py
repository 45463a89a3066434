"""The only place that reads a clock; leases and limits use the database's (`NOW`)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

#: Clock of the database when it was asked. It moves on inside a long transaction (leases, J10), and is the same for a
#: whole statement, so that what is older or younger is looked up in an index.
NOW = sa.func.statement_timestamp(type_=sa.DateTime(timezone=True))


def now() -> dt.datetime:
    """Now, in UTC, with its zone."""
    return dt.datetime.now(dt.UTC)
