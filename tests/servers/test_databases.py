"""The databases that tests get are what the application gets: real migrations, an unprivileged role."""

from __future__ import annotations

import psycopg
import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import migrate
from backoffice.servers import roles
from tests.support.cleaning import Cleaner

NEW_USER = sa.text(
    "INSERT INTO users (email, first_name, last_name, role, status)"
    " VALUES ('committed@example.com', 'Ann', 'Lee', 'customer', 'pending')"
)


def count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")))


class TestApplicationRole:
    def test_is_at_head(self, database_url):
        assert migrate.current(database_url) == migrate.head()

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE mine (id int)",
            "ALTER TABLE users ADD COLUMN mine int",
            "DROP TABLE users",
            "ALTER TABLE users DISABLE TRIGGER ALL",
            "CREATE ROLE mine",
            "SET session_replication_role = replica",
            "UPDATE alembic_version SET version_num = 'x'",
            "UPDATE audit_log SET action = 'x'",
            "DELETE FROM audit_log",
            "TRUNCATE audit_log",
            "UPDATE status_history SET reason = 'x'",
            "DELETE FROM status_history",
            "TRUNCATE status_history",
            "DELETE FROM dispute_messages",
            "UPDATE shipment_events SET note = 'x'",
            "SELECT * FROM audit_key",
        ],
    )
    def test_may_not(self, session, statement):
        """A2: the application reads and adds to its history, and cannot change its tables."""
        with pytest.raises(sa.exc.ProgrammingError) as refusal:
            session.execute(sa.text(statement))
        assert isinstance(refusal.value.orig, psycopg.errors.InsufficientPrivilege)

    def test_may_not_reach_a_partition_directly(self, session, owner_url):
        """A2: a partition is a table of its own to whoever names it."""
        with psycopg.connect(owner_url) as owner:
            partitions = owner.execute(
                "SELECT relid::regclass::text FROM pg_partition_tree('audit_log') WHERE isleaf AND level > 0"
            ).fetchall()
        assert partitions
        for (name,) in partitions:
            with pytest.raises(sa.exc.ProgrammingError), session.begin_nested():
                session.execute(sa.text(f"DELETE FROM {name}"))

    def test_is_not_owner(self, database_url, owner_url):
        assert not roles.is_owner(database_url)
        assert roles.is_owner(owner_url)

    def test_gets_tables_of_later_migrations(self, migrated_database):
        """The default privileges reach tables that did not exist when the rights were given."""
        with psycopg.connect(migrated_database) as owner:
            owner.execute("CREATE TABLE later (id int)")
            row = owner.execute("SELECT has_table_privilege(%s, 'later', 'INSERT')", (roles.APP,)).fetchone()
        assert row == (True,)

    def test_granting_again_changes_nothing(self, migrated_database):
        statement = "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        with psycopg.connect(migrated_database) as owner:
            before = owner.execute(statement).fetchall()
            roles.grant(migrated_database, roles.APP)
            assert owner.execute(statement).fetchall() == before


class TestFixtures:
    def test_session_is_undone(self, session: Session, engine):
        session.execute(NEW_USER)
        session.commit()
        assert count(engine, "users") == 0

    def test_clean_database_sees_commits(self, clean_database):
        with clean_database.begin() as connection:
            connection.execute(NEW_USER)
        assert count(clean_database, "users") == 1

    def test_clean_database_was_cleaned(self, clean_database):
        assert count(clean_database, "users") == 0

    def test_cleaning_puts_back_what_migrations_left(self, migrated_database):
        statement = "SELECT key, value FROM platform_settings ORDER BY key"
        with psycopg.connect(migrated_database) as owner:
            owner.execute("INSERT INTO platform_settings (key, value, type) VALUES ('a.b', '1', 'number')")
        cleaner = Cleaner(migrated_database)
        cleaner.remember()
        with psycopg.connect(migrated_database) as owner:
            before = owner.execute(statement).fetchall()
            owner.execute("UPDATE platform_settings SET value = '2' WHERE key = 'a.b'")
            owner.execute(str(NEW_USER))
        cleaner.clean()
        with psycopg.connect(migrated_database) as owner:
            assert owner.execute(statement).fetchall() == before
            assert owner.execute("SELECT count(*) FROM users").fetchone() == (0,)

    def test_redis_never_evicts(self, redis_url):
        with redis.from_url(redis_url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.dbsize() == 0
