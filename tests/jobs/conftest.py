"""A runtime in this process, real workers and relays in others, and a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice import queue
from backoffice.config import Config, sqlalchemy_url
from backoffice.database import session_factory
from backoffice.jobs.runtime import Runtime
from tests.jobs.support import Processes
from tests.support.mailbox import RunningMailbox, running_mailbox


@pytest.fixture
def sessions(clean_database: sa.Engine) -> sessionmaker[Session]:
    """Sessions that commit for real."""
    return session_factory(clean_database)


@pytest.fixture
def runtime(clean_database: sa.Engine, database_url: str) -> Iterator[Runtime]:
    """What a job process has, without a payment gateway."""
    url = sqlalchemy_url(database_url)
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url))
    yield runtime
    runtime.engine.dispose()


@pytest.fixture
def kept(runtime: Runtime, tmp_path: Path) -> Path:
    """The folder of the files."""
    runtime.config = replace(runtime.config, var=tmp_path)
    return runtime.files.folder


@pytest.fixture
def bell(redis_url: str) -> Iterator[str]:
    """Wakes of this process go to the run's Valkey."""
    queue.configure(redis_url)
    yield redis_url
    queue.configure(None)


@pytest.fixture
def processes(clean_database: sa.Engine, database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """Starts workers and relays; ends all of them, before the database is cleaned."""
    env = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "STRIPE_API_KEY": "sk_test_none",
        "MAIL_URL": "smtp://127.0.0.1:1",
        "MAIL_FROM": "office@market.example",
    }
    with Processes(env, tmp_path) as processes:
        yield processes


@pytest.fixture
def mailbox(tmp_path: Path, runtime: Runtime) -> Iterator[RunningMailbox]:
    """A mail server, which the runtime knows."""
    with running_mailbox(tmp_path / "mail") as running:
        runtime.config = replace(
            runtime.config,
            mail_url=running.url,
            mail_from="Market <office@market.example>",
            public_url="https://office.example",
        )
        yield running
