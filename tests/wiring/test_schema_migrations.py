"""Every migration has its way back, needs an address and nothing else, and leaves nothing for Alembic to find."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from backoffice import migrate
from backoffice.config import libpq_url, sqlalchemy_url
from tests.wiring import schema

ROOT = Path(migrate.__file__).parents[1]


def _dump(url: str) -> schema.Facts:
    engine = sa.create_engine(sqlalchemy_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return schema.everything(connection)


def _revisions() -> list[str]:
    """Oldest first."""
    script = ScriptDirectory(str(migrate.MIGRATIONS))
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def test_each_step_can_be_undone_and_done_again(empty_database: str) -> None:
    """Up and down step by step: the schema after each downgrade is the one before that upgrade."""
    seen = {"base": _dump(empty_database)}
    for revision in _revisions():
        migrate.upgrade(empty_database, revision)
        seen[revision] = _dump(empty_database)
    for revision in [*reversed(_revisions()[:-1]), "base"]:
        migrate.downgrade(empty_database, revision)
        assert sorted(_dump(empty_database) ^ seen[revision]) == []
    migrate.upgrade(empty_database)
    assert _dump(empty_database) == seen[_revisions()[-1]]
    assert migrate.current(empty_database) == migrate.head()


def test_models_ask_for_nothing_more(owner_url: str) -> None:
    migrate.check(owner_url)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "MIGRATE_DATABASE_URL"])
def test_command_line_needs_an_address_only(owner_url: str, variable: str) -> None:
    """`alembic check` in a bare environment; partitions that came since are no difference."""
    with psycopg.connect(libpq_url(owner_url)) as connection:
        connection.execute("SELECT ensure_partitions(7)")
    env = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "HOME"}}
    argv = [sys.executable, "-m", "alembic", "check"]
    ran = subprocess.run(argv, cwd=ROOT, env=env | {variable: owner_url}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_without_an_address_it_says_so() -> None:
    env = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "HOME"}}
    argv = [sys.executable, "-m", "alembic", "current"]
    ran = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "Set DATABASE_URL" in ran.stderr


def test_a_migration_does_not_wait_for_ever(migrated_database: str) -> None:
    """A lock that somebody holds makes it give up, and that step is undone whole."""
    with psycopg.connect(libpq_url(migrated_database)) as connection:
        connection.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(sa.exc.OperationalError) as caught:
            migrate.downgrade(migrated_database, "base")
    assert isinstance(caught.value.orig, psycopg.errors.LockNotAvailable)
    migrate.upgrade(migrated_database)
    migrate.check(migrated_database)
