"""What tests of pages share: rows that are really committed, and the whole application in front of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import Config, sqlalchemy_url
from backoffice.database import db, session_factory
from backoffice.factory import create_app
from backoffice.factory.application import Application
from tests.support.cleaning import Cleaner

World = TypeVar("World")


@contextmanager
def application_on(url: str) -> Iterator[Application]:
    """The whole application over the database of `url`; no Redis listens, which a page must not feel (J4)."""
    with TemporaryDirectory() as var:
        config = Config(
            database_url=url,
            migrate_database_url=url,
            redis_url="redis://127.0.0.1:1/0",
            secret_key="s" * 40,
            var=Path(var),
        )
        app = create_app(config)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def application(database_url: str) -> Iterator[Application]:
    """The application over the database of this process, made once in it."""
    with application_on(sqlalchemy_url(database_url)) as app:
        yield app


@contextmanager
def committed_world(engine: sa.Engine, cleaner: Cleaner, make: Callable[[Session], World]) -> Iterator[World]:
    """What `make` makes, committed; afterwards the rows are as the migrations left them."""
    with session_factory(engine)() as session:
        world = make(session)
        session.commit()
    yield world
    engine.dispose()
    cleaner.clean()
