"""The console script as a person meets it: help, migrate with one setting, check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from backoffice import migrate
from backoffice.servers import ports, roles
from tests.support import databases

ROOT = Path(__file__).parents[2]
COMMANDS = ("check", "demo", "migrate", "sandbox", "scheduler", "up", "user", "web", "worker")


def backoffice(*arguments, **env):
    """Run the console script with these settings and no others."""
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "BACKOFFICE_VAR": "/nonexistent/var"}
    return subprocess.run(
        [sys.executable, "-m", "backoffice.cli", *arguments],
        cwd=ROOT,
        env={**clean, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class TestHelp:
    def test_lists_every_command(self):
        answer = backoffice("--help")
        assert answer.returncode == 0
        for name in COMMANDS:
            assert f"  {name} " in answer.stdout

    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_says_what_it_does(self, name):
        answer = backoffice(name, "--help")
        assert answer.returncode == 0
        assert len(answer.stdout.splitlines()) > 5

    @pytest.mark.parametrize("name", ["migrate", "check", "web", "demo"])
    def test_missing_settings_are_one_sentence(self, name):
        answer = backoffice(name)
        assert answer.returncode == 1
        assert "DATABASE_URL is not set" in answer.stdout + answer.stderr
        assert "Traceback" not in answer.stderr


class TestMigrate:
    def test_needs_only_the_address(self, empty_database):
        answer = backoffice("migrate", DATABASE_URL=empty_database)
        assert answer.returncode == 0, answer.stderr
        assert f"The schema is at {migrate.head()}." in answer.stdout

    def test_needs_no_role(self, admin_url):
        """The role of the address does everything; `backoffice_app` and `backoffice_owner` need not exist."""
        name = f"plain_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        databases.drop(admin_url, name)
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
        try:
            answer = backoffice("migrate", DATABASE_URL=url)
            assert answer.returncode == 0, answer.stderr
            with psycopg.connect(url) as connection:
                rights = connection.execute("SELECT relacl::text FROM pg_class WHERE relname = 'users'").fetchone()
            assert rights == (None,)
        finally:
            databases.drop(admin_url, name)

    def test_owner_migrates_and_the_application_gets_its_rights(self, admin_url, empty_database):
        name = empty_database.rpartition("/")[2].partition("?")[0]
        app_url = databases.address(admin_url, name, roles.APP)
        answer = backoffice("migrate", DATABASE_URL=app_url, MIGRATE_DATABASE_URL=empty_database)
        assert answer.returncode == 0, answer.stderr
        with psycopg.connect(app_url) as connection:
            assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)

    def test_unreachable_database_is_one_sentence(self):
        port = ports.free_port()
        answer = backoffice("migrate", DATABASE_URL=f"postgresql://me:secret@127.0.0.1:{port}/shop")
        assert answer.returncode == 1
        assert "cannot be reached" in answer.stderr
        assert "Traceback" not in answer.stderr
        assert "secret" not in answer.stderr


class TestCheck:
    @pytest.fixture
    def settings(self, migrated_database, admin_url, redis_url):
        name = migrated_database.rpartition("/")[2].partition("?")[0]
        return {
            "DATABASE_URL": databases.address(admin_url, name, roles.APP),
            "MIGRATE_DATABASE_URL": migrated_database,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "k" * 40,
        }

    def test_all_well(self, settings):
        answer = backoffice("check", **settings)
        assert answer.returncode == 0, answer.stdout
        assert "FAIL" not in answer.stdout
        assert "warn" not in answer.stdout

    def test_warns_when_one_role_does_both(self, settings):
        """I4: the role that works should not be the role that changes tables."""
        answer = backoffice("check", **{**settings, "DATABASE_URL": settings["MIGRATE_DATABASE_URL"]})
        assert answer.returncode == 0
        assert "warn  role: backoffice_owner" in answer.stdout

    def test_missing_migrations(self, settings, empty_database):
        answer = backoffice("check", **{**settings, "DATABASE_URL": empty_database})
        assert answer.returncode == 1
        assert "FAIL  schema: at nothing" in answer.stdout

    def test_lists_all_problems(self):
        answer = backoffice("check", DATABASE_URL="mysql://x", SECRET_KEY="short")
        assert answer.returncode == 1
        assert answer.stdout.count("FAIL") == 3

    def test_unreachable_servers(self, settings):
        port = ports.free_port()
        urls = {"DATABASE_URL": f"postgresql://me@127.0.0.1:{port}/x", "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        answer = backoffice("check", **{**settings, **urls})
        assert answer.returncode == 1
        assert answer.stdout.count("cannot be reached") == 2
