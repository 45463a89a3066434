"""`/webhooks/<carrier service>`: believed when it is signed, kept once, answered; nonsense is no crash (WEB-1)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from backoffice.config import Config
from backoffice.gateways.carriers.registry import SERVICES
from models import WebhookEvent
from models.webhook_event import WebhookProvider
from tests.factories.webhooks import make_webhook_event
from tests.webhooks.carrying import SECRETS, Carriers, Stage, ago, body_of, nonsense, signature

Sessions = sessionmaker[Session]
each_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture
def carriers(make_app, config: Config) -> Carriers:
    return Carriers(make_app(replace(config, carrier_webhook_secrets=SECRETS)))


def kept(sessions: Sessions) -> list[WebhookEvent]:
    with sessions() as session:
        return list(session.scalars(sa.select(WebhookEvent).order_by(WebhookEvent.id)))


def test_every_service_has_a_provider() -> None:
    """WEB-1: what a service tells can be kept."""
    assert {one.value for one in WebhookProvider} == {"stripe", *SERVICES}


@each_service
def test_an_event_is_kept_and_answered(carriers: Carriers, sessions: Sessions, service: str) -> None:
    """WEB-1: pending, under the provider's own id where it has one, found by the tracking number."""
    body = body_of(service, "1Z1", [Stage("moving", ago(hours=2))])
    answer = carriers.send(service, body)
    (event,) = kept(sessions)
    assert (answer.status_code, answer.json) == (200, {"received": event.provider_event_id, "duplicate": False})
    assert "Set-Cookie" not in answer.headers
    given = body.get("id") or body.get("event_id")
    assert event.provider_event_id == given or (given is None and event.provider_event_id.startswith("sha256:"))
    assert (event.provider, event.status, event.object_type, event.object_id) == (service, "pending", "tracker", "1Z1")
    # Away from the money worker, which has the key of Stripe.
    assert (event.queue, event.livemode) == ("default", None if service == "aftership" else True)
    assert event.body == body


@each_service
def test_a_second_delivery_is_nothing(carriers: Carriers, sessions: Sessions, service: str) -> None:
    """WEB-2."""
    body = body_of(service, "1Z1", [Stage("moving", ago(hours=2))])
    answers = [carriers.send(service, body, secret).json for secret in SECRETS[service] * 2]
    assert [answer["duplicate"] for answer in answers] == [False, True, True, True]
    assert len(kept(sessions)) == 1


def test_the_same_id_of_somebody_else_is_another_event(carriers: Carriers, sessions: Sessions) -> None:
    """WEB-1: ids are unique for each provider, and one never hides an event of the other."""
    with sessions.begin() as session:
        make_webhook_event(session, provider_event_id="evt_1")
    assert carriers.send("easypost", body_of("easypost", "1Z1", [], id="evt_1")).json["duplicate"] is False
    assert carriers.send("aftership", body_of("aftership", "1Z1", [], event_id="evt_1")).json["duplicate"] is False
    assert [event.provider for event in kept(sessions)] == ["stripe", "easypost", "aftership"]


@each_service
def test_a_bad_signature_leaves_nothing(carriers: Carriers, sessions: Sessions, service: str) -> None:
    """WEB-1: missing, empty, nonsense, of another body, with another secret, of another service."""
    payload = json.dumps(body_of(service, "1Z1", [])).encode()
    good, strange = signature(service, payload), signature(service, payload, "x" * 32)
    bad = [None, "", "nonsense", "\u00e9", strange, good.upper(), good[:-1], good.partition("=")[2]]
    others = [signature(other, payload) for other in SERVICES if other != service]
    for signed in [*bad, *others]:
        answer = carriers.post(service, payload, signed)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_signature"), signed
    assert carriers.post(service, payload + b" ", good).status_code == 400
    assert kept(sessions) == []


def test_a_signature_with_a_time_may_not_be_old(carriers: Carriers, sessions: Sessions) -> None:
    """M13: a time is signed by Shippo only; a second delivery to the others is nothing anyway."""
    payload = json.dumps(body_of("shippo", "1Z1", [])).encode()
    for at in ("1", "9" * 12):
        signed = signature("shippo", payload).partition(",")[2]
        answer = carriers.post("shippo", payload, f"t={at},{signed}")
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_signature")
    assert kept(sessions) == []


@each_service
def test_without_a_secret_nothing_is_believed(make_app, config: Config, service: str) -> None:
    """WEB-1: said in words; the secrets of others do not help."""
    for secrets in ({}, {service: ()}, {name: one for name, one in SECRETS.items() if name != service}):
        app = make_app(replace(config, carrier_webhook_secrets=secrets))
        answer = Carriers(app).send(service, body_of(service, "1Z1", []))
        assert (answer.status_code, answer.json["error"]["code"]) == (503, "no_secret")


@each_service
def test_a_large_body_is_refused(carriers: Carriers, sessions: Sessions, service: str) -> None:
    """Attack 63."""
    assert carriers.post(service, b" " * (1024 * 1024 + 1), "t=1,v1=a").status_code == 413
    assert kept(sessions) == []


@pytest.mark.parametrize("path", ["/webhooks/karrio", "/webhooks/", "/webhooks/easypost/"])
def test_nobody_else_is_listened_to(carriers: Carriers, path: str) -> None:
    assert carriers.app.test_client().post(path, data=b"{}").status_code == 404


@each_service
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_verbs(carriers: Carriers, service: str, method: str) -> None:
    """Attack 73."""
    assert carriers.app.test_client().open(f"/webhooks/{service}", method=method).status_code == 405


@each_service
@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"\xff", b"[]", b"1", b'"text"', b"{}", b"null", b"[" * 900_000, b'{"a":' * 60 + b"1" + b"}" * 60,
        b'{"event": "e", "description": "e", "x": NaN}', b'{"event": "e", "description": "e", "x": 1e999}',
        b'{"event": 5, "description": 5}', b'{"event": "", "description": ""}', b"9" * 5000,
        b'{"event": "a b", "description": "a\\u0000b"}',
    ],
    ids=lambda payload: payload[:40],
)  # fmt: skip
def test_signed_but_no_event(carriers: Carriers, sessions: Sessions, service: str, payload: bytes) -> None:
    """I7: whatever is signed, nothing crashes; it is refused with a sentence."""
    answer = carriers.post(service, payload, signature(service, payload))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_event")
    assert kept(sessions) == []


@each_service
def test_what_postgresql_cannot_keep_is_left_out(carriers: Carriers, sessions: Sessions, service: str) -> None:
    """I7: NUL and half a character, in ids, numbers and texts."""
    body = body_of(service, "1Z\x00\ud800 1", [], note="Zo\x00e\ud800", id="evt\x00", event_id="e" * 300)
    assert carriers.send(service, body).status_code == 200
    (event,) = kept(sessions)
    assert (event.object_id, event.body["note"]) == ("1Z 1", "Zoe?")
    assert event.provider_event_id.startswith("sha256:")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nonsense_is_never_a_crash(carriers: Carriers, data: st.DataObject) -> None:
    """I7: signed nonsense is kept or refused with a sentence."""
    service = data.draw(st.sampled_from(sorted(SERVICES)))
    body = data.draw(nonsense(service))
    payload = json.dumps(body).encode()
    assert carriers.post(service, payload, signature(service, payload)).status_code in {200, 400}
