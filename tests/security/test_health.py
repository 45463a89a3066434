"""`/healthz` (J19)."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import Config
from tests.factories.users import make_user
from tests.security.support import Browser

DUE = (
    "INSERT INTO operations (action, entity, panel, actor_id, client_key, request_id, run_after)"
    " VALUES ('user.activate', 'users', 'admin', :actor, 'k', 'r', now() - make_interval(secs => :age))"
)


def test_work_that_nobody_takes_is_unhealthy(browser: Browser, store: Session) -> None:
    actor = make_user(store)
    store.execute(sa.text(DUE), {"actor": actor.id, "age": 30})
    store.commit()
    assert browser.get("/healthz").json["checks"]["oldest_due_operation_age"]["ok"]
    store.execute(sa.text("UPDATE operations SET run_after = now() - interval '2 minutes'"))
    store.commit()
    answer = browser.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["checks"]["oldest_due_operation_age"] == {"limit": 60, "ok": False, "value": 120}


def test_a_database_that_is_away_is_said_so(make_app, config: Config) -> None:
    away = replace(config, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    answer = Browser(make_app(away).test_client()).get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"ok": False, "checks": {"database": {"ok": False}}}
