"""An application without panels, with a few pages to try doors on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Blueprint, request
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from backoffice import security
from backoffice.config import Config, sqlalchemy_url
from backoffice.database import db
from backoffice.errors import DomainError
from backoffice.factory import foundation
from backoffice.factory.application import Application
from backoffice.permissions import Permission
from backoffice.security import rules
from models import Category, User
from tests.security.support import Browser

pages = Blueprint("probe", __name__)


@pages.get("/probe/open")
def open_page() -> str:
    return request.remote_addr or ""


@pages.get("/probe/token")
def token() -> str:
    return str(generate_csrf())


@pages.get("/probe/money")
def money() -> str:
    return security.current().name


@pages.get("/probe/unruled")
def unruled() -> str:
    return "never seen"


@pages.get("/probe/crash")
def crash() -> str:
    raise RuntimeError("sk_live_abc123secret")


@pages.get("/probe/slow")
def slow() -> str:
    db.session.execute(sa.text("SET LOCAL statement_timeout = '10ms'"))
    db.session.execute(sa.text("SELECT pg_sleep(1)"))
    return "never seen"


@pages.post("/probe/category/<name>/<end>")
def category(name: str, end: str) -> str | tuple[str, int]:
    db.session.add(Category(name=name, slug=name))
    if end == "refuse":
        db.session.flush()
        raise DomainError("No such luck.")
    if end == "taken":
        db.session.add(
            User(email=db.session.scalar(sa.select(User.email)), first_name="A", last_name="B", role="admin")
        )
    return ("no", 422) if end == "invalid" else "yes"


@pytest.fixture
def config(database_url: str, redis_url: str) -> Config:
    url = sqlalchemy_url(database_url)
    return Config(database_url=url, migrate_database_url=url, redis_url=redis_url, secret_key="a" * 40)


@pytest.fixture
def secure(config: Config) -> Config:
    return replace(config, public_url="https://office.example.test")


@pytest.fixture
def make_app(clean_database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Builds the application with the probe pages; afterwards its connections are closed and its rules forgotten."""
    made: list[Application] = []
    signed_in = {"category": "POST", "crash": "GET", "slow": "GET"}
    for name, method in signed_in.items():
        monkeypatch.setitem(rules.RULES, (method, f"probe.{name}"), rules.SIGNED_IN)
    for name in ("open_page", "token"):
        monkeypatch.setitem(rules.RULES, ("GET", f"probe.{name}"), rules.PUBLIC)
    monkeypatch.setitem(rules.RULES, ("GET", "probe.money"), Permission.PAYOUTS_RELEASE)

    def make(config: Config) -> Application:
        app = foundation(config)
        app.register_blueprint(pages)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(make_app, config: Config) -> Application:
    return make_app(config)


@pytest.fixture
def client(app: Application) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def browser(app: Application) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def store(clean_database: sa.Engine) -> Iterator[Session]:
    """A session that commits, for what the test prepares and looks up."""
    with Session(clean_database, expire_on_commit=False) as session:
        yield session
