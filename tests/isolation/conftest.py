"""The world of two vendors, committed, and the whole application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.database import session_factory
from backoffice.factory.application import Application
from models import User
from tests.isolation.world import World, make_world
from tests.support.cleaning import Cleaner
from tests.support.committed import committed_world
from tests.views.browser import Browser


@pytest.fixture(scope="module")
def app(application: Application) -> Iterator[Application]:
    # Thousands of refusals are what these tests are about; a line for each would bury what failed.
    refusals = [logging.getLogger(name) for name in ("backoffice.security.rules", "backoffice.factory.errors")]
    for logger in refusals:
        logger.setLevel(logging.ERROR)
    yield application
    for logger in refusals:
        logger.setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def world(engine: sa.Engine, _cleaner: Cleaner) -> Iterator[World]:
    with committed_world(engine, _cleaner, make_world) as world:
        yield world


@pytest.fixture
def store(engine: sa.Engine, world: World) -> Iterator[Session]:
    """A session of the test's own, to look at what is committed."""
    with session_factory(engine)() as session:
        yield session


@pytest.fixture
def browse(app: Application, world: World, engine: sa.Engine) -> Callable[[User], Browser]:
    """A browser in which this person is signed in."""
    return lambda user: Browser(app, engine, user)
