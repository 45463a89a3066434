"""`backoffice user` against a real database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"


@pytest.fixture
def user(clean_database, database_url):
    """Runs `backoffice user ...` with a password on stdin."""

    def run(*arguments, password=PASSWORD):
        return subprocess.run(
            [sys.executable, "-m", "backoffice.cli", "user", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": database_url},
            input=password + "\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_vendor_is_verified_before_it_can_sign_in(user, clean_database):
    """VEN-3."""
    answer = user("create", "shop@example.com", "--role", "vendor", "--password-stdin")
    assert answer.returncode == 0, answer.stderr
    assert "is verified in the administration" in answer.stdout
    refused = user("enable", "shop@example.com")
    assert refused.returncode != 0
    assert "Missing: Legal name (not answered)" in refused.stderr


def test_create_list_disable_enable(user, clean_database):
    answer = user("create", "Ann@Example.com", "--role", "admin", "--password-stdin")
    assert answer.returncode == 0, answer.stderr
    assert "ann@example.com can sign in as admin." in answer.stdout
    user("create", "bob@example.com", "--role", "admin", "--password-stdin")
    assert user("disable", "ann@example.com", "--reason", "left").returncode == 0
    lines = user("list").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["admin", "inactive", "ann@example.com"],
        ["admin", "active", "bob@example.com"],
    ]
    assert user("enable", "ann@example.com").returncode == 0
    with clean_database.connect() as connection:
        reasons = connection.scalars(sa.text("SELECT reason FROM status_history WHERE to_status = 'inactive'")).all()
    assert reasons == ["left"]


def test_password_is_replaced(user, clean_database):
    user("create", "ann@example.com", "--role", "admin", "--password-stdin")
    statement = sa.text("SELECT password_hash FROM users")
    with clean_database.connect() as connection:
        before = connection.scalar(statement)
    assert user("password", "ann@example.com", "--password-stdin", password="another long enough one").returncode == 0
    with clean_database.connect() as connection:
        assert connection.scalar(statement) != before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("disable", "nobody@example.com"), "There is no user nobody@example.com."),
        (("create", "no address", "--role", "admin", "--password-stdin"), "email address"),
    ],
)
def test_refusals_are_one_sentence(user, arguments, sentence):
    answer = user(*arguments)
    assert answer.returncode == 1
    assert sentence in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_the_last_admin_stays(user):
    """ACC-2: somebody must stay who can undo things."""
    user("create", "ann@example.com", "--role", "admin", "--password-stdin")
    answer = user("disable", "ann@example.com")
    assert answer.returncode == 1
    assert "last active admin" in answer.stderr
