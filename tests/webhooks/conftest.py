"""The web process without panels, which takes events in, and a worker in this process, which handles them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.config import Config, sqlalchemy_url
from backoffice.database import db, session_factory
from backoffice.factory import foundation
from backoffice.factory.application import Application
from backoffice.gateways.stripe_payments import StripePayments
from backoffice.jobs.runtime import Runtime
from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.sandbox.running import KEY, RunningSandbox
from tests.webhooks.support import OLD_SECRET, SECRET, Inbox, Sender

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture
def config(database_url: str) -> Config:
    """A web process that takes events of test mode, signed with either of two secrets."""
    url = sqlalchemy_url(database_url)
    return Config(
        database_url=url,
        migrate_database_url=url,
        redis_url="redis://127.0.0.1:1/0",
        secret_key="a" * 40,
        stripe_webhook_secrets=(SECRET, OLD_SECRET),
    )


@pytest.fixture
def make_app(clean_database: sa.Engine) -> Iterator[object]:
    """Builds the application; afterwards its connections are closed."""
    made: list[Application] = []

    def make(config: Config) -> Application:
        app = foundation(config)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def sender(make_app, config: Config) -> Sender:
    """Stripe's side of the endpoint."""
    return Sender(make_app(config))


@pytest.fixture
def sessions(clean_database: sa.Engine) -> sessionmaker[Session]:
    """Sessions that commit for real."""
    return session_factory(clean_database)


@pytest.fixture
def inbox(clean_database: sa.Engine, database_url: str, sandbox: RunningSandbox) -> Iterator[Inbox]:
    """The worker's side, with the real gateway and the sandbox it talks to."""
    url = sqlalchemy_url(database_url)
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url))
    runtime.__dict__["payments"] = StripePayments(KEY, api_base=sandbox.url, timeout=(1.0, 2.0), retries=0)
    yield Inbox(runtime=runtime, sessions=session_factory(clean_database), sandbox=sandbox)
    runtime.engine.dispose()
    sandbox.clear_faults()
