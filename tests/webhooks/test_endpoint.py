"""The endpoint believes what is signed, keeps it once, and answers (WEB-1, M13, M14; attacks 52 to 63)."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.config import Config
from models import WebhookEvent
from tests.factories.webhooks import event_body
from tests.webhooks.support import OLD_SECRET, SECRET, Sender, header, v1

Sessions = sessionmaker[Session]
BALANCE = {"object": "balance"}
THING = {"id": "pi_1", "object": "payment_intent", "amount": 100}


def kept(sessions: Sessions) -> list[WebhookEvent]:
    with sessions() as session:
        return list(session.scalars(sa.select(WebhookEvent)))


def signed_event(**values: object) -> tuple[bytes, str]:
    payload = json.dumps(event_body("payment_intent.succeeded", THING, **values)).encode()
    return payload, header(payload)


def test_an_event_is_kept_and_answered(sender: Sender, sessions: Sessions) -> None:
    """WEB-1, M13: stored first, pending, with what a person looks for; nothing of it is handled before the 2xx."""
    body = event_body("payment_intent.succeeded", THING, account="acct_1")
    answer = sender.send(body)
    assert (answer.status_code, answer.json) == (200, {"received": body["id"], "duplicate": False})
    assert "Set-Cookie" not in answer.headers
    (event,) = kept(sessions)
    assert (event.provider_event_id, event.type, event.account) == (body["id"], body["type"], "acct_1")
    assert (event.object_type, event.object_id, event.api_version) == ("payment_intent", "pi_1", body["api_version"])
    assert (event.status, event.queue, event.livemode) == ("pending", "money", False)
    assert event.body == body
    assert int(event.provider_created.timestamp()) == body["created"]


def test_the_same_event_twenty_times_at_once(sender: Sender, sessions: Sessions) -> None:
    """M13, attack 61: one row, and every delivery is welcome."""
    body, answers = event_body("payment_intent.succeeded", THING), []
    threads = [threading.Thread(target=lambda: answers.append(sender.send(body))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 20
    assert sorted(answer.json["duplicate"] for answer in answers) == [False] + [True] * 19
    assert len(kept(sessions)) == 1


def test_a_body_that_was_changed_by_a_space(sender: Sender, sessions: Sessions) -> None:
    """Attack 59."""
    payload, signature = signed_event()
    assert sender.post(payload + b" ", signature).status_code == 400
    assert kept(sessions) == []


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _payload: None, id="none"),
        pytest.param(lambda _payload: "", id="empty"),
        pytest.param(lambda _payload: "nonsense", id="nonsense"),
        pytest.param(lambda payload: f"v1={v1(payload)}", id="no-time"),
        pytest.param(lambda payload: f"t=now,v1={v1(payload)}", id="no-number"),
        pytest.param(lambda payload: f"t=1,t=2,v1={v1(payload, at=1)}", id="two-times"),
        pytest.param(lambda payload: f"t={'9' * 400},v1={v1(payload)}", id="endless-time"),
        pytest.param(lambda _payload: f"t={int(time.time())}", id="no-signature"),
        pytest.param(lambda payload: f"t={int(time.time())},v0={v1(payload)}", id="v0-only"),
        pytest.param(lambda payload: header(payload, "whsec_" + "x" * 32), id="wrong-secret"),
        pytest.param(lambda _payload: f"t={int(time.time())},v1=é", id="no-ascii"),
        pytest.param(lambda payload: header(payload, at=int(time.time()) - 301), id="too-old"),
        pytest.param(lambda payload: header(payload, at=int(time.time()) + 310), id="in-the-future"),
    ],
)
def test_a_bad_signature_leaves_nothing(sender: Sender, sessions: Sessions, make) -> None:
    """WEB-1, M13, attacks 52 to 59: 400 and no row; the time may be off by five minutes, in both directions."""
    payload, _ = signed_event()
    answer = sender.post(payload, make(payload))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_signature")
    assert kept(sessions) == []


@pytest.mark.parametrize("age", [-290, 0, 290])
def test_a_clock_that_is_a_little_off(sender: Sender, age: int) -> None:
    """M13: tolerance in both directions."""
    assert sender.send(event_body("balance.available", BALANCE), at=int(time.time()) - age).status_code == 200


def test_two_signatures_while_a_secret_is_replaced(sender: Sender, sessions: Sessions) -> None:
    """Attack 58: one that fits is enough, on either side."""
    payload, at = signed_event()[0], int(time.time())
    strange = v1(payload, "whsec_" + "x" * 32, at)
    assert sender.post(payload, f"t={at},v1={strange},v1={v1(payload, SECRET, at)},v0=abc").status_code == 200
    assert sender.post(payload, header(payload, OLD_SECRET)).status_code == 200
    assert len(kept(sessions)) == 1


def test_the_other_mode_is_refused_with_an_alert(make_app, config: Config, sessions: Sessions, caplog) -> None:
    """M14, attack 62: a test-mode event at a live endpoint, and the reverse."""
    live = Sender(make_app(replace(config, stripe_live=True)))
    for sender, mode in ((live, False), (Sender(make_app(config)), True)):
        answer = sender.send(event_body("payment_intent.succeeded", THING, livemode=mode))
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "livemode")
    assert sum("ALERT" in record.message and record.levelname == "ERROR" for record in caplog.records) == 2
    assert kept(sessions) == []
    assert live.send(event_body("payment_intent.succeeded", THING, livemode=True)).status_code == 200


def test_a_type_that_nobody_handles_is_kept_too(sender: Sender, sessions: Sessions) -> None:
    """WEB-4, attack 62: away from the money queue, and without an object id."""
    body = event_body("balance.available", BALANCE)
    assert sender.send(body).status_code == 200
    (event,) = kept(sessions)
    assert (event.queue, event.object_type, event.object_id) == ("default", "balance", None)


def test_a_large_body_is_refused(sender: Sender, sessions: Sessions) -> None:
    """Attack 63: ten megabytes, and a little more than is allowed."""
    for size in (10_000_000, 256 * 1024 + 1):
        assert sender.post(b" " * size, "t=1,v1=a").status_code == 413
    assert kept(sessions) == []


def test_without_a_secret_nothing_is_believed(make_app, config: Config) -> None:
    """WEB-1: said in words, and not as a crash."""
    answer = Sender(make_app(replace(config, stripe_webhook_secrets=()))).send(event_body("balance.available", BALANCE))
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "no_secret")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_verbs(sender: Sender, method: str) -> None:
    """Attack 73."""
    assert sender.app.test_client().open("/webhooks/stripe", method=method).status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"1", b"{", b'"text"', b'{"id": "evt_1"}', b"\xff",
        json.dumps(event_body("x", {"id": 5})).encode(),
        json.dumps(event_body("x", THING, created="soon")).encode(),
        json.dumps(event_body("x", THING, created=10**30)).encode(),
        json.dumps(event_body("x", THING, data=[])).encode(),
    ],
)  # fmt: skip
def test_signed_but_no_event(sender: Sender, sessions: Sessions, body: bytes) -> None:
    """I7: whatever is signed, nothing crashes."""
    answer = sender.post(body, header(body))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_signature")
    assert kept(sessions) == []


def test_text_that_postgresql_cannot_keep(sender: Sender, sessions: Sessions) -> None:
    """I7: NUL and half a character are left out, and the event is kept."""
    payload = json.dumps(
        event_body("x", {"id": "a", "object": "x", "names": ["Zo\x00e", "\ud800"]}, api_version="v" * 99)
    ).encode()
    assert sender.post(payload, header(payload)).status_code == 200
    (event,) = kept(sessions)
    assert event.body["data"]["object"]["names"] == ["Zoe", "?"]
    assert event.api_version == "v" * 40


def test_what_cannot_be_kept_is_not_acknowledged(sender: Sender, sessions: Sessions) -> None:
    """WEB-1: when the commit fails Stripe is not told that we have it, and sends it again."""
    with sessions() as blocking:
        blocking.execute(sa.text("LOCK TABLE webhook_events IN ACCESS EXCLUSIVE MODE"))
        body = event_body("payment_intent.succeeded", THING)
        assert sender.send(body).status_code == 503
    assert kept(sessions) == []
    assert sender.send(body).status_code == 200
