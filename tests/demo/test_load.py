"""Loading: deterministic, once only, complete, and with every guard back in its place."""

from __future__ import annotations

import datetime as dt
import os

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.orm import Session

from backoffice import migrate
from backoffice.config import sqlalchemy_url
from backoffice.demo import indexes, is_loaded, load, verify
from backoffice.errors import DomainError
from tests.demo.conftest import AS_OF
from tests.support import databases

#: Rows that the migrations make, with random ids.
_NOT_OURS = ("alembic_version", "audit_key", "platform_settings")
_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname <> ALL (%s) ORDER BY relname
"""


def contents(url: str) -> dict[str, str | None]:
    """A digest of every table."""
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute(_TABLES, (list(_NOT_OURS),))]
        digest = "SELECT md5(string_agg(md5(row::text), '' ORDER BY md5(row::text))) FROM {} AS row"
        return {name: connection.execute(sql.SQL(digest).format(sql.Identifier(name))).fetchone()[0] for name in tables}


def complaints(url: str) -> list[str]:
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with Session(engine) as session:
        return verify(session)


def test_same_day_gives_the_same_rows(demo_url: str, migrated_database: str) -> None:
    summary = load(migrated_database, scale="small", as_of=AS_OF)
    assert summary.rows > 20_000
    assert contents(migrated_database) == contents(demo_url)


def test_is_loaded_once_only(demo_url: str) -> None:
    assert is_loaded(demo_url)
    before = contents(demo_url)
    with pytest.raises(DomainError, match="already has a marketplace") as refused:
        load(demo_url, scale="small", as_of=AS_OF)
    assert refused.value.code == "already_loaded"
    assert contents(demo_url) == before


def test_progress_rises_to_one(migrated_database: str) -> None:
    assert not is_loaded(migrated_database)
    heard: list[tuple[str, float]] = []
    monday = dt.datetime(2025, 12, 1, 1, 30, tzinfo=dt.UTC)
    load(migrated_database, scale="small", as_of=monday, progress=lambda step, share: heard.append((step, share)))
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert heard[0] == ("People", 0.0)
    assert heard[-1] == ("Done", 1.0)
    assert complaints(migrated_database) == []


def test_role_without_privileges_loads_with_foreign_keys_checked(admin_url: str) -> None:
    """With one ordinary owner PostgreSQL checks each reference itself while the rows are written."""
    name = f"plain_{os.urandom(4).hex()}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{databases.PASSWORD}'")
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    url = databases.address(admin_url, name, name)
    try:
        migrate.upgrade(url)
        load(url, scale="small", as_of=AS_OF)
        assert complaints(url) == []
        with psycopg.connect(url) as connection:
            off = "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'"
            assert connection.execute(off).fetchone() == (0,)
    finally:
        databases.drop(admin_url, name)
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute(f"DROP ROLE {name}")


def test_indexes_come_back_as_they_were(migrated_database: str) -> None:
    everything = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL"
        " SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1"
    )
    with psycopg.connect(migrated_database) as connection:
        before = connection.execute(everything).fetchall()
        back = indexes.drop(connection)
        assert len(connection.execute(everything).fetchall()) < len(before) - 100
        for statement in back:
            connection.execute(statement)
        assert connection.execute(everything).fetchall() == before
        connection.rollback()


def test_nothing_of_the_generator_stays(demo: Session) -> None:
    left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'demo'"
    assert demo.scalar(sa.text(left)) == 0


def test_audit_log_has_one_row_a_table(demo: Session) -> None:
    """AUD-1: the triggers were off, so the load itself is what is recorded."""
    rows = "SELECT action, (after ->> 'rows')::int FROM audit_log WHERE entity = 'orders'"
    assert demo.execute(sa.text(rows)).all() == [("load", 800)]
