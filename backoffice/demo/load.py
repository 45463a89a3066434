"""Loading the demo marketplace: one transaction, as the owner of the tables, past the triggers of the present."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import psycopg
from argon2 import PasswordHasher
from psycopg import Connection, sql

from backoffice.config import libpq_url
from backoffice.demo import indexes, scratch, triggers
from backoffice.demo.people import DEMO_PASSWORD
from backoffice.demo.scales import COUNTS, Scale
from backoffice.errors import DomainError

Progress = Callable[[str, float], None]

#: File, what it is about, and its share of the time of a large load.
STEPS: Final = (
    ("10_people", "People", 1),
    ("12_vendors", "Vendors", 1),
    ("14_checklists", "Vendors", 1),
    ("20_catalog", "Products", 18),
    ("22_catalog_history", "Products", 3),
    ("24_changes", "Products", 1),
    ("30_orders", "Orders", 6),
    ("32_stories", "Orders", 6),
    ("34_refunds", "Refunds", 3),
    ("36_orders_out", "Orders", 15),
    ("40_payments", "Payments", 12),
    ("42_parcels", "Parcels", 14),
    ("43_disputes", "Disputes", 1),
    ("44_refunds_out", "Refunds", 1),
    ("46_plan_fees", "Vendors", 1),
    ("47_returns", "Returns", 1),
    ("48_stock", "Stock", 3),
    ("50_payouts", "Payouts", 5),
    ("60_reviews", "Reviews", 2),
    ("70_office", "Notices", 1),
    ("80_names", "Names", 3),
    ("85_figures", "Figures", 1),
    ("90_audit", "Audit log", 1),
)
_INDEX_SHARE: Final = 25
_VACUUM_SHARE: Final = 5
#: From this many orders on it pays to build the indexes afterwards.
_MANY_ORDERS: Final = 10_000
#: One salt for everybody, so that the same day gives the same rows; the password is published anyway.
_SALT: Final = b"demo-marketplace"
#: As in `services.passwords`, so that the first sign-in need not hash again.
_HASHER: Final = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
_SETTINGS: Final = {
    "timezone": "UTC",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "10s",
    "synchronous_commit": "off",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_parallel_maintenance_workers": "2",
    "jit": "off",
    "search_path": "public",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was loaded."""

    scale: Scale
    as_of: dt.datetime
    rows: int
    seconds: float

    def __str__(self) -> str:
        day = f"{self.as_of:%Y-%m-%d}"
        return f"The {self.scale} demo marketplace as of {day}: {self.rows:,} rows in {self.seconds:.1f} s."


def is_loaded(url: str) -> bool:
    """Whether the database at `url` has a marketplace, demo or not: any user or product."""
    with psycopg.connect(libpq_url(url)) as connection:
        return _has_rows(connection)


def load(url: str, *, scale: Scale, as_of: dt.datetime, progress: Progress | None = None) -> Summary:
    """Fill the migrated database at `url` (the owner's address) with the demo marketplace as it is at `as_of`.

    All or nothing. `progress` hears the step and the finished share (0 to 1). Raises `DomainError` `already_loaded`
    when there is a marketplace already.
    """
    tell = progress or (lambda _step, _share: None)
    started = time.monotonic()
    with psycopg.connect(libpq_url(url)) as connection:
        for name, value in _SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        if _has_rows(connection):
            raise DomainError("This database already has a marketplace.", code="already_loaded")
        _generate(connection, scale, as_of.astimezone(dt.UTC), tell)
        rows = _count(connection)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        tell("Statistics", 1 - _VACUUM_SHARE / _total())
        connection.execute("SET statement_timeout = 0")
        connection.execute("VACUUM (ANALYZE)" if scale == "large" else "ANALYZE")
    tell("Done", 1.0)
    return Summary(scale=scale, as_of=as_of, rows=rows, seconds=time.monotonic() - started)


def _generate(connection: Connection[tuple[object, ...]], scale: Scale, as_of: dt.datetime, tell: Progress) -> None:
    counts = COUNTS[scale]
    with triggers.disabled(connection):
        scratch.constants(connection, counts, as_of, _HASHER.hash(DEMO_PASSWORD, salt=_SALT))
        connection.execute(_script("00_scratch"))
        scratch.tree(connection)
        dropped = indexes.drop(connection) if counts.orders >= _MANY_ORDERS else []
        done = 0
        for name, step, share in STEPS:
            tell(step, done / _total())
            connection.execute(_script(name))
            done += share
        connection.execute("DROP SCHEMA demo CASCADE")
        for position, index in enumerate(dropped):
            tell("Indexes", (done + _INDEX_SHARE * position / len(dropped)) / _total())
            connection.execute(index)


def _script(name: str) -> sql.SQL:
    """One of our own files; it takes no values from outside."""
    return sql.SQL((files("backoffice.demo") / "sql" / f"{name}.sql").read_text(encoding="utf-8"))


def _total() -> int:
    return sum(share for _, _, share in STEPS) + _INDEX_SHARE + _VACUUM_SHARE


def _has_rows(connection: Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM products)").fetchone()
    return bool(row and row[0])


def _count(connection: Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT sum((after ->> 'rows')::bigint)::bigint FROM audit_log WHERE action = 'load'")
    found = row.fetchone()
    return int(str(found[0])) if found else 0
