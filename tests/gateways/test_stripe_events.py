"""WEB-1, M13: only what Stripe signed lately with one of our secrets is an event."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

import pytest
import stripe

from backoffice.errors import DomainError
from backoffice.gateways.signatures import BadSignatureError
from backoffice.gateways.stripe_events import read_event
from tests.sandbox.receiver import receiver, wait_for

SECRET = "whsec_one"
NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
BODY = {
    "id": "evt_1",
    "object": "event",
    "type": "payout.paid",
    "account": "acct_1",
    "created": int(NOW.timestamp()),
    "livemode": False,
    "data": {"object": {"id": "po_1", "object": "payout"}},
}


def sign(payload: bytes, secret: str = SECRET, at: dt.datetime = NOW) -> str:
    """By the SDK itself."""
    return stripe.WebhookSignature.generate_signature_header(payload.decode(), secret, int(at.timestamp()))


def read(body=BODY, *secrets: str, signature: str | None = None, now: dt.datetime = NOW):
    payload = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return read_event(payload, signature or sign(payload), secrets or (SECRET,), now=now)


def test_event():
    event = read()
    assert (event.id, event.type, event.account, event.livemode) == ("evt_1", "payout.paid", "acct_1", False)
    assert (event.created, event.object_type, event.object_id) == (NOW, "payout", "po_1")
    assert event.body == BODY


def test_of_the_platform_and_without_an_id():
    event = read({**BODY, "account": None, "livemode": True, "data": {"object": {"object": "balance", "name": "é"}}})
    assert (event.account, event.livemode, event.object_id) == (None, True, None)


def test_secret_that_is_being_rolled():
    """Two secrets are valid for a while, and Stripe sends a signature for each."""
    assert read(BODY, "whsec_new", SECRET).id == "evt_1"
    payload = json.dumps(BODY).encode()
    both = sign(payload, "whsec_old") + ",v1=" + sign(payload).partition("v1=")[2]
    assert read(payload, SECRET, signature=both).id == "evt_1"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_within_the_tolerance(seconds):
    assert read(now=NOW + dt.timedelta(seconds=seconds)).id == "evt_1"


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_too_old_or_from_the_future(seconds):
    """M13: both ways; the SDK looks at the past only."""
    with pytest.raises(BadSignatureError, match="old or from the future"):
        read(now=NOW + dt.timedelta(seconds=seconds))


def test_refusal_is_a_400():
    with pytest.raises(DomainError) as refused:
        read(BODY, "whsec_other")
    assert (refused.value.status, refused.value.code) == (400, "bad_signature")


@pytest.mark.parametrize(
    "signature",
    [
        " ",
        "v1=abc",
        "t=,v1=abc",
        "t=-1,v1=abc",
        "t=1777636800",
        "t=1777636800,v1=",
        "t=1777636800,v1=é",
        "t=1777636800,v0=" + sign(json.dumps(BODY).encode()).partition("v1=")[2],
        "t=1777636800," + sign(json.dumps(BODY).encode()),
    ],
)
def test_strange_headers(signature):
    with pytest.raises(BadSignatureError):
        read(signature=signature)


def test_no_secret_lets_nothing_in():
    payload = json.dumps(BODY).encode()
    for secrets in ((), ("",)):
        with pytest.raises(BadSignatureError):
            read_event(payload, sign(payload, ""), secrets, now=NOW)


def test_changed_body():
    with pytest.raises(BadSignatureError, match="not that of this body"):
        read({**BODY, "type": "payout.failed"}, signature=sign(json.dumps(BODY).encode()))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'"text"',
        {**BODY, "object": "v2.core.event"},
        {**BODY, "id": 7},
        {**BODY, "created": "now"},
        {**BODY, "created": 10**30},
        {**BODY, "data": {"object": None}},
        {name: value for name, value in BODY.items() if name != "livemode"},
    ],
)
def test_signed_but_no_event(body):
    with pytest.raises(BadSignatureError, match="not an event"):
        read(body)


def test_from_the_sandbox(sandbox):
    """The real thing, over HTTP."""
    with receiver() as took:
        sandbox.webhooks(url=took.url, secret=SECRET)
        sandbox.happen("accounts", id="acct_1")
        wait_for(lambda: took.payloads)
        event = read_event(took.payloads[0], took.signatures[0], (SECRET,), now=dt.datetime.now(dt.UTC))
        assert (event.type, event.account, event.object_id) == ("account.updated", "acct_1", "acct_1")
        sandbox.reset()


def test_needs_no_sdk():
    """M16: the web process reads webhooks with neither the SDK nor the key."""
    code = "import sys, backoffice.gateways.stripe_events; sys.exit('stripe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
