"""Who may do what in PostgreSQL: the owner migrates, the unprivileged application role works (I4, A2)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import Connection, sql

from backoffice.config import libpq_url
from models.ddl.grants import APPEND_ONLY, KEPT_BY_TRIGGERS, OWNER_ONLY

DATABASE = "backoffice"
OWNER = "backoffice_owner"
APP = "backoffice_app"
#: Tables that belong to the migrations; the application reads them.
READ_ONLY = ("alembic_version",)


def role_of(url: str) -> str:
    """The role that an address signs in with; empty when it names none."""
    parts = urlsplit(libpq_url(url))
    return parts.username or parse_qs(parts.query).get("user", [""])[0]


def create_database(admin_url: str, *, database: str = DATABASE, owner: str = OWNER, app: str = APP) -> None:
    """Make both roles and the database unless they are there; `admin_url` is a superuser's."""
    with psycopg.connect(libpq_url(admin_url), autocommit=True) as connection:
        for role in (owner, app):
            ensure_role(connection, role)
        # The demo loader writes histories as they were, past the triggers that guard the present.
        connection.execute(
            sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(sql.Identifier(owner))
        )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))


def ensure_role(connection: Connection[tuple[object, ...]], role: str) -> None:
    """Make an unprivileged role that may sign in, unless it is there."""
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(sql.Identifier(role))
        )


def grant(owner_url: str, app: str) -> None:
    """Let `app` work with every table there is and every table that later migrations make, as far as it may.

    Idempotent, in one transaction; run after each migration, so that append-only tables (and their partitions) lose
    UPDATE, DELETE and TRUNCATE again. `owner_url` must be that of the owner of the tables; `app` must exist.
    """
    role = sql.Identifier(app)
    with psycopg.connect(libpq_url(owner_url)) as connection:
        for text in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
        ):
            connection.execute(sql.SQL(text).format(role))
        for table in _with_partitions(connection, APPEND_ONLY):
            connection.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, role))
        for table in _with_partitions(connection, (*READ_ONLY, *KEPT_BY_TRIGGERS)):
            connection.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, role))
        for table in _with_partitions(connection, OWNER_ONLY):
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(table, role))


def _with_partitions(connection: Connection[tuple[object, ...]], names: tuple[str, ...]) -> list[sql.Identifier]:
    """The tables of these names that exist in `public`, and all their partitions."""
    rows = connection.execute(
        "SELECT DISTINCT tree.relid::regclass::text FROM pg_class AS top"
        " JOIN pg_namespace AS space ON space.oid = top.relnamespace AND space.nspname = 'public'"
        " CROSS JOIN LATERAL (SELECT top.oid::regclass AS relid"
        " UNION SELECT relid FROM pg_partition_tree(top.oid)) AS tree"
        " WHERE top.relname = ANY(%s) AND top.relkind IN ('r', 'p')",
        (list(names),),
    )
    return [sql.Identifier(*str(name).replace('"', "").split(".")) for (name,) in rows]


def is_owner(url: str) -> bool:
    """Whether the role of this address could change tables: a superuser, or (a member of) an owner of one."""
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute(
            "SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR EXISTS ("
            " SELECT FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace"
            " WHERE space.nspname = 'public' AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'USAGE'))"
        ).fetchone()
    return bool(row and row[0])
