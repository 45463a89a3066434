"""Fixtures for databases and Redis; see docs/operations.md ("Tests") for which one a test wants."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from backoffice.database import SESSION_OPTIONS, make_engine
from backoffice.servers import roles, valkey
from tests.support import databases, servers
from tests.support.cleaning import Cleaner


@pytest.fixture(scope="session")
def admin_url() -> str:
    """A superuser's address of the test server's maintenance database."""
    return servers.start_postgres()


@pytest.fixture(scope="session")
def database_name(admin_url: str) -> Iterator[str]:
    """This process's own database, copied from the migrated template."""
    name = f"backoffice_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.copy(admin_url, databases.template(admin_url), name)
    yield name
    databases.drop(admin_url, name)


@pytest.fixture(scope="session")
def database_url(admin_url: str, database_name: str) -> str:
    """The application's address (libpq form): the unprivileged role."""
    return databases.address(admin_url, database_name, roles.APP)


@pytest.fixture(scope="session")
def owner_url(admin_url: str, database_name: str) -> str:
    """The owner's address of the same database."""
    return databases.address(admin_url, database_name, roles.OWNER)


@pytest.fixture
def empty_database(admin_url: str) -> Iterator[str]:
    """The owner's address of a database without any table, for this test alone."""
    with databases.own_database(admin_url, migrated=False) as name:
        yield databases.address(admin_url, name, roles.OWNER)


@pytest.fixture
def migrated_database(admin_url: str) -> Iterator[str]:
    """The owner's address of a database with the newest schema, for this test alone."""
    with databases.own_database(admin_url, migrated=True) as name:
        yield databases.address(admin_url, name, roles.OWNER)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[sa.Engine]:
    """The application's engine, shared by the tests of this process."""
    engine = make_engine(sqlalchemy_url(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A session whose commits go no further than a savepoint; everything is undone after the test."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", **SESSION_OPTIONS) as session:
            yield session
        transaction.rollback()


@pytest.fixture(scope="session")
def _cleaner(owner_url: str) -> Cleaner:
    cleaner = Cleaner(owner_url)
    cleaner.remember()
    return cleaner


@pytest.fixture
def clean_database(_cleaner: Cleaner, engine: sa.Engine) -> Iterator[sa.Engine]:
    """For tests that commit: the application's engine, and afterwards the database as the migrations left it."""
    yield engine
    engine.dispose()
    _cleaner.clean()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """This process's own numbered database of the run's Valkey, empty before and after."""
    number = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    url = valkey.url(servers.start_valkey(), number)
    client = redis.from_url(url)
    client.flushdb()
    yield url
    client.flushdb()
    client.close()
