"""One small demo marketplace, loaded once for the tests that only read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from backoffice.database import make_engine
from backoffice.demo import load
from backoffice.servers import roles
from tests.support import databases

AS_OF = dt.datetime(2026, 3, 4, 10, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo_url(admin_url: str) -> Iterator[str]:
    """The owner's address of a database with the small marketplace."""
    with databases.own_database(admin_url, migrated=True) as name:
        url = databases.address(admin_url, name, roles.OWNER)
        load(url, scale="small", as_of=AS_OF)
        yield url


@pytest.fixture(scope="module")
def demo_engine(demo_url: str) -> Iterator[sa.Engine]:
    engine = make_engine(sqlalchemy_url(demo_url))
    yield engine
    engine.dispose()


@pytest.fixture
def demo(demo_engine: sa.Engine) -> Iterator[Session]:
    """A session on it whose changes are undone."""
    with Session(demo_engine) as session:
        yield session
        session.rollback()
