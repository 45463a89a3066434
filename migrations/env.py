"""Alembic's entry: connects as the owner and runs each migration in a transaction of its own.

The address comes from `backoffice.migrate`, or else from MIGRATE_DATABASE_URL or DATABASE_URL, so that
`alembic check` and `alembic upgrade head` need no other setting and no Flask application.
"""

from __future__ import annotations

import os
from typing import Literal

import sqlalchemy as sa
from alembic import context

import models
from backoffice.config import sqlalchemy_url
from models.base import EnumText

#: A migration gives up rather than queue everybody else behind its lock; a statement may build an index.
_OPTIONS = "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=600s -c search_path=public"
#: Two migrations at once take turns; the number has no meaning beyond being ours.
_ADVISORY_LOCK = 7_245_310_001


def database_url() -> str:
    """Where to migrate. Raises `RuntimeError` when no address is given."""
    url = context.config.attributes.get("url")
    url = url or os.environ.get("MIGRATE_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if not url:
        raise RuntimeError("Set DATABASE_URL (or MIGRATE_DATABASE_URL) to the database to migrate.")
    return sqlalchemy_url(url)


def partitions(connection: sa.Connection) -> set[str]:
    """Names of the tables that are partitions: the database makes and drops them by itself."""
    return set(connection.scalars(sa.text("SELECT relname FROM pg_class WHERE relispartition")))


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write an enum column as the text it is stored as, so that old migrations outlive renamed classes."""
    return "sa.String(length=32)" if kind == "type" and isinstance(item, EnumText) else False


def run() -> None:
    """Connect and run what Alembic was asked for."""
    engine = sa.create_engine(database_url(), poolclass=sa.NullPool, connect_args={"options": _OPTIONS})
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        leave_out = partitions(connection)
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=models.Base.metadata,
            transaction_per_migration=True,
            compare_type=True,
            compare_server_default=True,
            render_item=render_item,
            include_object=lambda item, name, kind, *_: (
                (name if kind == "table" else getattr(getattr(item, "table", None), "name", None)) not in leave_out
            ),
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    raise RuntimeError("Migrations run against a database; --sql is not supported.")
run()
