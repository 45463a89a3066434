"""Indexes are dropped before a large load and built after it, which is faster and leaves them dense."""

from __future__ import annotations

from psycopg import Connection, sql

_OWN_TABLES = "owner.relnamespace = 'public'::regnamespace AND owner.relkind = 'r' AND NOT owner.relispartition"
# Keys that foreign keys refer to stay; the others go and come back with their constraint.
_KEYS = f"""
    SELECT owner.relname, con.conname, pg_get_constraintdef(con.oid)
    FROM pg_constraint AS con JOIN pg_class AS owner ON owner.oid = con.conrelid
    WHERE {_OWN_TABLES} AND con.contype IN ('p', 'u') AND owner.relname <> 'alembic_version'
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conindid = con.conindid)
    ORDER BY owner.relname, con.conname
"""  # noqa: S608 - a constant above
# PostgreSQL writes `IN` over varchar in another way each time it reads it, so those small partial indexes stay too.
_INDEXES = f"""
    SELECT name.relname, pg_get_indexdef(index.indexrelid)
    FROM pg_index AS index JOIN pg_class AS owner ON owner.oid = index.indrelid
    JOIN pg_class AS name ON name.oid = index.indexrelid
    WHERE {_OWN_TABLES} AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = index.indexrelid)
        AND coalesce(pg_get_expr(index.indpred, index.indrelid), '') NOT LIKE '%ANY%'
    ORDER BY owner.relname, name.relname
"""  # noqa: S608 - a constant above


def drop(connection: Connection[tuple[object, ...]]) -> list[sql.SQL | sql.Composed]:
    """Drop what can be dropped; returns the statements that bring everything back as it was."""
    back: list[sql.SQL | sql.Composed] = []
    keys = [(str(table), str(name), str(text)) for table, name, text in connection.execute(_KEYS)]
    indexes = [(str(name), str(text)) for name, text in connection.execute(_INDEXES)]
    for table, name, text in keys:
        change = sql.SQL("ALTER TABLE {} ").format(sql.Identifier(table))
        connection.execute(change + sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
        back.append(change + sql.SQL("ADD CONSTRAINT {} ").format(sql.Identifier(name)) + _verbatim(text))
    for name, text in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        back.append(_verbatim(text))
    return back


def _verbatim(text: str) -> sql.SQL:
    """PostgreSQL's own description of an index or constraint, to be run as it stands."""
    return sql.SQL(text)
