"""A small marketplace that is committed, and a browser for each person in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import Config, sqlalchemy_url
from backoffice.database import db, session_factory
from backoffice.factory import create_app
from backoffice.factory.application import Application
from tests.support.cleaning import Cleaner
from tests.views.browser import Browser
from tests.views.world import World, make_world


@pytest.fixture(scope="module")
def app(database_url: str, engine: sa.Engine) -> Iterator[Application]:
    url = sqlalchemy_url(database_url)
    config = Config(database_url=url, migrate_database_url=url, redis_url="redis://127.0.0.1:1/0", secret_key="s" * 40)
    app = create_app(config)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def world(engine: sa.Engine, _cleaner: Cleaner) -> Iterator[World]:
    with session_factory(engine)() as session:
        world = make_world(session)
        session.commit()
    yield world
    engine.dispose()
    _cleaner.clean()


@pytest.fixture
def committed(engine: sa.Engine, world: World) -> Iterator[Session]:
    """A session of the test's own, to look at and prepare rows; commit what the application must see."""
    with session_factory(engine)() as session:
        yield session


@pytest.fixture
def browse(app: Application, world: World, engine: sa.Engine) -> Callable[[str], Browser]:
    """`browse("admin")` is a browser in which that person of the world is signed in."""

    def signed_in(name: str) -> Browser:
        return Browser(app, engine, getattr(world, name))

    return signed_in
