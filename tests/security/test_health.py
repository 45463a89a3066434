"""`/healthz` (J19)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.config import Config
from backoffice.services import operations_lease
from models.heartbeat import RELAY, Heartbeat
from tests.factories.people import make_mail, make_notification
from tests.factories.users import make_user
from tests.factories.webhooks import make_webhook_event
from tests.security.support import Browser

DUE = (
    "INSERT INTO operations (action, entity, panel, actor_id, client_key, request_id, due_since)"
    " VALUES ('user.activate', 'users', 'admin', :actor, 'k', 'r', now() - make_interval(secs => :age))"
)


@pytest.fixture(autouse=True)
def relay(store: Session) -> None:
    """A relay that is alive."""
    store.add(Heartbeat(name=RELAY, beat_at=now()))
    store.commit()


def test_all_is_well(browser: Browser) -> None:
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json["ok"]) == (200, True)


@pytest.mark.parametrize(
    "change", ["UPDATE heartbeats SET beat_at = now() - interval '30 s'", "DELETE FROM heartbeats"]
)
def test_a_relay_that_stopped_is_noticed_within_30_seconds(browser: Browser, store: Session, change: str) -> None:
    store.execute(sa.text(change))
    store.commit()
    answer = browser.get("/healthz")
    assert answer.status_code == 503
    assert not answer.json["checks"]["relay_heartbeat_age"]["ok"]


def test_work_that_nobody_takes_is_unhealthy(browser: Browser, store: Session) -> None:
    actor = make_user(store)
    store.execute(sa.text(DUE), {"actor": actor.id, "age": 30})
    store.commit()
    assert browser.get("/healthz").json["checks"]["oldest_due_operation_age"]["ok"]
    store.execute(sa.text("UPDATE operations SET due_since = now() - interval '2 minutes'"))
    store.commit()
    # The relay wakes workers that are not there, again and again.
    for _ in range(3):
        store.execute(sa.text("UPDATE operations SET run_after = now()"))
        assert len(operations_lease.due(store, limit=10, again=dt.timedelta(seconds=15))) == 1
        store.commit()
    answer = browser.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["checks"]["oldest_due_operation_age"] == {"limit": 60, "ok": False, "value": 120}


def test_events_that_nobody_takes_are_unhealthy(browser: Browser, store: Session) -> None:
    """J19, WEB-1."""
    make_webhook_event(store, due_since=now() - dt.timedelta(seconds=90))
    store.commit()
    check = browser.get("/healthz").json["checks"]["oldest_due_event_age"]
    assert (check["ok"], check["limit"]) == (False, 60)
    assert 90 <= check["value"] < 100


def test_events_that_wait_for_a_person_are_counted(browser: Browser, store: Session) -> None:
    """WEB-2: what failed, and what has been parked for more than an hour, in the last week."""
    hour_ago = now() - dt.timedelta(minutes=61)
    waiting = {"last_error": "Nobody knows it.", "due_since": now() + dt.timedelta(hours=1)}
    make_webhook_event(store, status="parked", waiting_since=now(), **waiting)
    make_webhook_event(store, status="failed", created_at=now() - dt.timedelta(days=8), **waiting)
    make_webhook_event(store, status="parked", waiting_since=hour_ago, **waiting)
    # A parcel may be scanned days before its number is typed.
    make_webhook_event(store, status="parked", waiting_since=hour_ago, provider="easypost", **waiting)
    make_webhook_event(store, status="failed", **waiting)
    store.commit()
    answer = browser.get("/healthz")
    assert answer.json["checks"]["events_needing_attention"] == {"limit": 20, "ok": True, "value": 2}
    assert answer.status_code == 200


def test_mails_that_nobody_takes_are_unhealthy(browser: Browser, store: Session) -> None:
    """J19: one that waits for its next try, and what is told in the back-office, are not due."""
    user = make_user(store)
    make_mail(store, user=user, due_since=now() - dt.timedelta(minutes=9))
    make_mail(store, user=user, due_since=now() + dt.timedelta(hours=1), created_at=now() - dt.timedelta(hours=3))
    make_notification(store, user=user, due_since=now() - dt.timedelta(hours=1))
    store.commit()
    check = browser.get("/healthz").json["checks"]["oldest_due_mail_age"]
    assert (check["ok"], check["limit"]) == (True, 600)
    assert 540 <= check["value"] < 550
    make_mail(store, user=user, due_since=now() - dt.timedelta(minutes=11))
    store.commit()
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json["checks"]["oldest_due_mail_age"]["ok"]) == (503, False)


def test_mails_that_do_not_arrive_are_counted(browser: Browser, store: Session) -> None:
    """J12, J19: what failed, and what the mail server has put off for about an hour, of the last day."""
    user, later = make_user(store), {"due_since": now() + dt.timedelta(hours=1), "last_error": "451 4.3.0 Busy"}
    failed = later | {"status": "failed"}
    make_mail(store, user=user, attempts=10, **later)
    make_mail(store, user=user, created_at=now() - dt.timedelta(hours=25), **failed)
    make_notification(store, user=user, **failed)
    make_mail(store, user=user, attempts=11, **later)
    for _ in range(19):
        make_mail(store, user=user, **failed)
    store.commit()
    answer = browser.get("/healthz")
    assert answer.json["checks"]["mails_needing_attention"] == {"limit": 20, "ok": True, "value": 20}
    assert answer.status_code == 200
    make_mail(store, user=user, **failed)
    store.commit()
    answer = browser.get("/healthz")
    assert answer.json["checks"]["mails_needing_attention"] == {"limit": 20, "ok": False, "value": 21}
    assert answer.status_code == 503


def test_a_database_that_is_away_is_said_so(make_app, config: Config) -> None:
    away = replace(config, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    answer = Browser(make_app(away).test_client()).get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"ok": False, "checks": {"database": {"ok": False}}}
