"""Analytics events of the shop: a key, a small batch, networks instead of addresses, no crash on any input (C6.71)."""

from __future__ import annotations

import json
import uuid

import pytest
import sqlalchemy as sa

from backoffice.services import analytics
from backoffice.services.throttle import ADDRESS
from models import AnalyticsEvent, WrongKey

KEY, OTHER = "k" * 40, "o" * 40
EVENT = {"type": "view", "name": "product_viewed"}


@pytest.fixture(autouse=True)
def _keys(app, monkeypatch):
    monkeypatch.setitem(app.config, "ANALYTICS_KEYS", (KEY, OTHER))


@pytest.fixture(autouse=True)
def _no_events(committed):
    for entity in (AnalyticsEvent, WrongKey):
        committed.execute(sa.delete(entity))
    committed.commit()


@pytest.fixture
def send(app):
    """`send(body, key)` is the answer; bytes are sent as they are."""

    def post(body, key=KEY):
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        return app.test_client().post("/analytics/events", data=payload, headers={"Authorization": f"Bearer {key}"})

    return post


def _kept(committed):
    committed.rollback()
    return committed.scalars(sa.select(AnalyticsEvent).order_by(AnalyticsEvent.id)).all()


def test_a_batch_is_kept(send, committed, world):
    more = {"user_id": str(world.vendor.id), "session_id": "s", "user_agent": "Firefox", "properties": {"price": 9.5}}
    answer = send({"events": [EVENT | more, EVENT | {"name": "shop_left"}]}, OTHER)
    assert (answer.status_code, answer.json) == (200, {"stored": 2})
    assert "Set-Cookie" not in answer.headers
    first, second = sorted(_kept(committed), key=lambda one: one.event_name)
    assert (first.event_type, first.event_name, first.user_id) == ("view", "product_viewed", world.vendor.id)
    assert first.properties == {"price": 9.5}
    assert (second.user_id, second.properties, second.ip_address) == (None, None, None)


@pytest.mark.parametrize(
    ("ip", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_only_the_network_is_stored(send, committed, ip, kept):
    assert send({"events": [EVENT | {"ip": ip}]}).status_code == 200
    assert [str(one.ip_address) for one in _kept(committed)] == [kept]


def test_a_person_whom_nobody_knows_is_nobody(send, committed):
    assert send({"events": [EVENT | {"user_id": str(uuid.uuid4())}]}).status_code == 200
    assert [one.user_id for one in _kept(committed)] == [None]


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], f"{KEY},{OTHER}", "\xe9" * 40])
def test_without_the_key_nothing_is_believed(send, committed, key):
    assert send({"events": [EVENT]}, key).status_code == 401
    assert _kept(committed) == []


def test_who_guesses_must_wait(send, committed):
    """U6: each wrong key is counted although it is refused, and none that comes too soon."""
    for _ in range(ADDRESS.free):
        assert send({"events": [EVENT]}, "wrong").status_code == 401
    for _ in range(3):
        answer = send({"events": [EVENT]}, "wrong")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert answer.json["error"]["message"] == "Too many tries. Wait 1 second, then try again."
    assert [str(one) for one in committed.scalars(sa.select(WrongKey.ip))] == ["127.0.0.1"] * ADDRESS.free


def test_the_guesses_of_others_keep_no_right_key_waiting(send, committed):
    """U6: also not those of somebody behind the same proxy."""
    committed.execute(sa.insert(WrongKey), [{"ip": "127.0.0.1"} for _ in range(ADDRESS.free + 9)])
    committed.commit()
    wrong = send({"events": [EVENT]}, "wrong")
    assert (wrong.status_code, int(wrong.headers["Retry-After"]) > 200) == (429, True)
    for key in (KEY, OTHER):
        assert send({"events": [EVENT]}, key).status_code == 200
    assert len(_kept(committed)) == 2


def test_without_a_setting_nobody_is_believed(app, send, monkeypatch):
    monkeypatch.setitem(app.config, "ANALYTICS_KEYS", ())
    assert send({"events": [EVENT]}, "").status_code == 503


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff", b"null", b"[]", b"1", b'{"events": 1}', {"events": []}, {"events": [{}]},
        {"events": [EVENT] * 101}, {"events": [EVENT], "more": 1}, {"events": [EVENT | {"more": 1}]},
        {"events": [EVENT | {"ip": "10.0.0"}]}, {"events": [EVENT | {"user_id": "me"}]},
        {"events": [EVENT | {"type": "x" * 41}]}, {"events": [EVENT | {"session_id": "x" * 65}]},
        {"events": [EVENT | {"user_agent": "a\0b"}]}, {"events": [EVENT | {"properties": {"a\0": 1}}]},
        {"events": [EVENT | {"properties": {"a": {"b": 1}}}]}, {"events": [EVENT | {"properties": {"a": "\ud800"}}]},
        {"events": [EVENT | {"properties": {str(n): n for n in range(31)}}]},
        b'{"events": [{"type": "view", "name": "x", "properties": {"a": NaN}}]}',
        b'{"events": [{"type": "view", "name": "x", "properties": {"a": 1e999}}]}',
        b'{"events": [{"type": "view", "name": "x", "properties": {"a": ' + b"9" * 5_000 + b"}}]}",
        b'{"events": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        {"events": [EVENT, EVENT | {"name": "Not A Name"}]},
    ],
)  # fmt: skip
def test_whatever_is_no_batch_is_refused_whole(send, committed, body):
    assert send(body).status_code == 422
    assert _kept(committed) == []


def test_a_request_has_its_limit(send, committed):
    assert send(b" " * (129 * 1024)).status_code == 413
    assert _kept(committed) == []


def test_too_many_in_a_minute_wait(send, committed, monkeypatch):
    monkeypatch.setattr(analytics, "MOST_A_MINUTE", 3)
    assert send({"events": [EVENT] * 3}).status_code == 200
    assert send({"events": [EVENT]}).status_code == 429
    assert len(_kept(committed)) == 3


def test_a_browser_needs_the_key_as_well(browse):
    """No session opens it, so no page of another site can make a signed-in person send events."""
    assert browse("admin").client.post("/analytics/events", json={"events": [EVENT]}).status_code == 401
