"""Writing history as it was: the triggers that guard the present are off while the demo marketplace is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection, sql

_TABLES = """
    SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    ORDER BY relispartition, relname
"""


@contextmanager
def disabled(connection: Connection[tuple[object, ...]]) -> Iterator[None]:
    """No trigger fires inside; CHECK and UNIQUE constraints hold as ever.

    A role that may not set `session_replication_role` switches off the tables' own triggers instead, which leaves the
    foreign keys checked row by row: the same result, only slower.
    """
    row = connection.execute(
        "SELECT has_parameter_privilege('session_replication_role', 'SET')"
        if connection.info.server_version >= 150000
        else "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row and row[0]:
        connection.execute("SET LOCAL session_replication_role = replica")
        yield
        connection.execute("SET LOCAL session_replication_role = origin")
        return
    tables = [str(name) for (name,) in connection.execute(_TABLES)]
    _switch(connection, tables, "DISABLE")
    yield
    _switch(connection, tables, "ENABLE")


def _switch(connection: Connection[tuple[object, ...]], tables: list[str], verb: str) -> None:
    for table in tables:
        name = sql.Identifier(*table.replace('"', "").split("."))
        connection.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(name, sql.SQL(verb)))
