"""A small marketplace that is committed, and a browser for each person in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.database import session_factory
from backoffice.factory.application import Application
from tests.support.cleaning import Cleaner
from tests.support.committed import committed_world
from tests.views.browser import Browser
from tests.views.world import World, make_world


@pytest.fixture(scope="module")
def app(application: Application) -> Application:
    return application


@pytest.fixture(scope="module")
def world(engine: sa.Engine, _cleaner: Cleaner) -> Iterator[World]:
    with committed_world(engine, _cleaner, make_world) as world:
        yield world


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
