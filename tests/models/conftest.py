from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from tests.models.world import make_world


@pytest.fixture(scope="session")
def owner_engine(owner_url: str) -> Iterator[sa.Engine]:
    """The owner's engine: what the owner cannot do, nobody can."""
    engine = sa.create_engine(sqlalchemy_url(owner_url))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def world(owner_engine: sa.Engine) -> Iterator[sa.Connection]:
    """The owner's connection in a transaction that has a row in every business table; undone after the module."""
    with owner_engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            make_world(session)
            session.commit()
        yield connection
        transaction.rollback()


@pytest.fixture
def row_world(world: sa.Connection) -> Iterator[sa.Connection]:
    """The same with triggers off, so that only CHECKs and keys speak; what the test did is undone."""
    savepoint = world.begin_nested()
    world.execute(sa.text("SET LOCAL session_replication_role = replica"))
    yield world
    savepoint.rollback()
