"""This product, as the bench drives it: signed in, and with a worker in the same process."""

from __future__ import annotations

import re
import uuid

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry, submit
from backoffice.config import Config
from backoffice.database import act_as, db
from backoffice.demo import ADMINS, DEMO_PASSWORD
from backoffice.factory import create_app
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from backoffice.permissions import Role
from models import Product, User
from models.product import ProductStatus
from tests.bench.measure import Stopwatch

_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


def config(url: str) -> Config:
    """Settings of a web process on `url`; no Redis listens, which a page must not feel (J4)."""
    return Config.from_environment(
        {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEY": "bench-" * 8}
    )


def signed_in(url: str, email: str = ADMINS[0]) -> tuple[FlaskClient, sa.Engine]:
    """A client of the application, signed in as one of the demo's people, and the engine its statements go through."""
    app = create_app(config(url))
    client = app.test_client()
    page = client.get("/sign-in").data
    answer = client.post("/sign-in", data={"csrf_token": token(page), "email": email, "password": DEMO_PASSWORD})
    if answer.status_code != 302:
        raise RuntimeError(f"{email} could not sign in: {answer.status}")
    with app.app_context():
        return client, db.engine


def token(page: bytes) -> str:
    """The form's token in a page."""
    found = _TOKEN.search(page)
    if found is None:
        raise RuntimeError("The page has no form token.")
    return found.group(1).decode()


def approve(url: str, ids: list[uuid.UUID]) -> tuple[float, int]:
    """Submit and carry out one approval; milliseconds in the worker from first to last statement, and how many."""
    runtime = Runtime(config=config(url))
    watch = Stopwatch()
    try:
        with runtime.sessions.begin() as session:
            operation_id = _submit(session, ids)
        with watch.of(runtime.engine):
            operations.run(runtime, operation_id)
        with runtime.sessions() as session:
            approved = sa.select(sa.func.count()).where(Product.id.in_(ids), Product.status == ProductStatus.APPROVED)
            if session.scalar(approved) != len(ids):
                raise RuntimeError("Not every product was approved.")
        return watch.milliseconds, watch.statements
    finally:
        runtime.engine.dispose()


def _submit(session: Session, ids: list[uuid.UUID]) -> uuid.UUID:
    """An operation of the demo's admin over everything that matches, as the list page makes it."""
    admin = session.scalars(sa.select(User).where(User.email == ADMINS[0])).one()
    acting = Acting(user_id=admin.id, role=Role.ADMIN, name=admin.name)
    act_as(session, acting)
    operation = submit.submit(
        session,
        registry.get("product.approve"),
        submit.Matching(sa.select(Product.id).where(Product.id.in_(ids))),
        {},
        client_key=uuid.uuid4().hex,
        acting=acting,
        panel=Role.ADMIN,
    )
    return operation.id
