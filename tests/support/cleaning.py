"""Bring a database back to what the migrations left, after a test that commits."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

_TABLES = """
    SELECT relname FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace
    WHERE space.nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""


@dataclass
class Cleaner:
    """Knows the tables of one database and the rows that migrations put there. `owner_url` is the owner's."""

    owner_url: str
    tables: list[str] = field(default_factory=list)
    seeds: dict[str, list[bytes]] = field(default_factory=dict)

    def remember(self) -> None:
        """Read the rows there are now: call it on a fresh copy of the template."""
        with psycopg.connect(self.owner_url) as connection:
            self.tables = [name for (name,) in connection.execute(_TABLES)]
            for table in self._filled(connection):
                statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
                    self._columns(connection, table), sql.Identifier(table)
                )
                with connection.cursor() as cursor, cursor.copy(statement) as rows:
                    self.seeds[table] = [bytes(row) for row in rows]

    def clean(self) -> None:
        """Empty every table that has rows, past all triggers, and put the migrations' rows back."""
        with psycopg.connect(self.owner_url) as connection:
            connection.execute("SET lock_timeout = '10s'")
            connection.execute("SET session_replication_role = replica")
            filled = self._filled(connection)
            if filled:
                names = sql.SQL(", ").join(sql.Identifier(name) for name in filled)
                connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))
            for table in self.seeds:
                if self._filled(connection, [table]):
                    continue
                statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                    sql.Identifier(table), self._columns(connection, table)
                )
                with connection.cursor() as cursor, cursor.copy(statement) as rows:
                    for row in self.seeds[table]:
                        rows.write(row)

    def _filled(self, connection: psycopg.Connection, tables: list[str] | None = None) -> list[str]:
        """The tables that have rows, found in one statement."""
        parts = [
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
            for name in (self.tables if tables is None else tables)
        ]
        return [name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(parts))] if parts else []

    @staticmethod
    def _columns(connection: psycopg.Connection, table: str) -> sql.Composed:
        """The columns of a table that can be written: generated ones cannot."""
        rows = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            (f'public."{table}"',),
        )
        return sql.SQL(", ").join(sql.Identifier(name) for (name,) in rows)
