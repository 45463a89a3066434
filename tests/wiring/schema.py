"""Reading a schema from PostgreSQL's own catalogue, as text that can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from models import Base

_COLUMNS = """
    SELECT relname, attname || ' ' || format_type(atttypid, atttypmod)
        || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' ' || pg_get_expr(adbin, adrelid), '')
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind IN ('r', 'p') AND NOT relispartition
        AND attnum > 0 AND NOT attisdropped AND relname <> 'alembic_version'
"""
_CONSTRAINTS = """
    SELECT relname, conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = CAST(:schema AS regnamespace) AND NOT relispartition AND contype IN ('c', 'f', 'p', 'u')
        AND relname <> 'alembic_version'
"""
_INDEXES = """
    SELECT holder.relname, replace(pg_get_indexdef(indexrelid), ' ' || CAST(:schema AS text) || '.', ' ')
    FROM pg_index JOIN pg_class AS holder ON holder.oid = indrelid
    WHERE holder.relnamespace = CAST(:schema AS regnamespace) AND NOT holder.relispartition
        AND holder.relname <> 'alembic_version'
"""
_TRIGGERS = """
    SELECT relname, replace(pg_get_triggerdef(pg_trigger.oid), ' ON ' || CAST(:schema AS text) || '.', ' ON ')
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = CAST(:schema AS regnamespace) AND NOT relispartition AND NOT tgisinternal
"""
_FUNCTIONS = (
    "SELECT 'function', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = CAST(:schema AS regnamespace)"
)
_PARTITIONS = """
    SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class
    WHERE relnamespace = CAST(:schema AS regnamespace) AND relispartition AND relkind = 'r'
"""
Facts = set[tuple[str, str]]


def _read(connection: sa.Connection, query: str, schema: str) -> Facts:
    # Names are written without their schema when the path finds them.
    connection.execute(sa.text(f"SET LOCAL search_path = {schema}, public"))
    return {(name, text) for name, text in connection.execute(sa.text(query), {"schema": schema})}


def tables(connection: sa.Connection, schema: str = "public") -> Facts:
    """Columns, constraints and indexes of every table; partitions follow their parents and are left out."""
    parts = (_COLUMNS, _CONSTRAINTS, _INDEXES)
    return set[tuple[str, str]]().union(*(_read(connection, part, schema) for part in parts))


def triggers(connection: sa.Connection, schema: str = "public") -> Facts:
    """Every trigger that is not the database's own."""
    return _read(connection, _TRIGGERS, schema)


def everything(connection: sa.Connection) -> Facts:
    """The whole schema `public`."""
    rest = (_read(connection, part, "public") for part in (_FUNCTIONS, _PARTITIONS))
    return tables(connection).union(triggers(connection), *rest)


@contextmanager
def declared(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A schema `declared` made from the models beside the migrated one; gone afterwards."""
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(sa.text("CREATE SCHEMA declared"))
        connection.execute(sa.text("SET LOCAL search_path = declared, public"))
        Base.metadata.create_all(connection, checkfirst=False)
        yield connection
        transaction.rollback()
