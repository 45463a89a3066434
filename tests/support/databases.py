"""A template database made by the real migrations, and one database per test process copied from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from backoffice import migrate
from backoffice.servers import roles
from tests.support import servers

#: Only servers on this machine see it; Debian's PostgreSQL may ask for one.
PASSWORD = "tests"
TEMPLATE = "backoffice_template"


def address(admin_url: str, database: str, role: str) -> str:
    """The address of `database` for `role` on the server of `admin_url`."""
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{place}", path=f"/{database}"))


def template(admin_url: str) -> str:
    """The name of the migrated template, made by the first process that asks."""

    def make() -> str:
        drop(admin_url, TEMPLATE)
        new(admin_url, TEMPLATE)
        owner_url = address(admin_url, TEMPLATE, roles.OWNER)
        migrate.upgrade(owner_url)
        roles.grant(owner_url, roles.APP)
        return TEMPLATE

    return str(servers.shared("template", make))


def new(admin_url: str, database: str) -> None:
    """An empty database and both roles, which all databases share: two processes cannot change one at once."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('roles'))")
        roles.create_database(admin_url, database=database)
        for role in (roles.OWNER, roles.APP):
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD)))


def copy(admin_url: str, source: str, database: str) -> None:
    """A copy of `source`, which nobody may be connected to. One copy at a time, as PostgreSQL wants it."""
    drop(admin_url, database)
    with servers.once("copy"), psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(database), sql.Identifier(roles.OWNER), sql.Identifier(source)
            )
        )


def drop(admin_url: str, database: str) -> None:
    """Drop it, whoever is connected."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


@contextmanager
def own_database(admin_url: str, *, migrated: bool) -> Iterator[str]:
    """The name of a database for one test, dropped afterwards: empty, or with the newest schema."""
    name = f"own_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.urandom(4).hex()}"
    if migrated:
        copy(admin_url, template(admin_url), name)
    else:
        new(admin_url, name)
    try:
        yield name
    finally:
        drop(admin_url, name)
