"""Webhooks arrive signed, are tried again, and can be duplicated, delayed, reordered, lost and resent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.receiver import Receiver, receiver, wait_for
from tests.sandbox.running import RunningSandbox, running_sandbox

SECRET = "whsec_tests"


@pytest.fixture
def hooked(sandbox: RunningSandbox) -> Iterator[Receiver]:
    with receiver() as took:
        sandbox.webhooks(url=took.url, secret=SECRET)
        yield took
        # Nothing of this test is sent to the port of the next one.
        sandbox.reset()


def pay(sandbox: RunningSandbox, *amounts: int) -> None:
    for amount in amounts:
        sandbox.happen("payments", amount=amount, currency="usd")


def amounts(took: Receiver) -> list[int]:
    return [e["data"]["object"]["amount"] for e in took.events if e["type"] == "payment_intent.succeeded"]


def states(sandbox: RunningSandbox) -> list[str]:
    return [one["state"] for one in sandbox.webhooks()["deliveries"]]


def test_signed_as_stripe_signs(sandbox, hooked):
    """WEB-1: the SDK's own check takes the raw body; a changed body or another secret does not pass."""
    pay(sandbox, 500)
    wait_for(lambda: len(hooked.payloads) == 3)
    assert hooked.types == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    client = sandbox.client()
    event = client.construct_event(hooked.payloads[2], hooked.signatures[2], SECRET)
    assert (event.data.object.amount, event.livemode, event.pending_webhooks) == (500, False, 1)
    for payload, secret in ((hooked.payloads[2] + b" ", SECRET), (hooked.payloads[2], "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(payload, hooked.signatures[2], secret)
    wait_for(lambda: states(sandbox) == ["delivered"] * 3)
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_tried_again_until_taken(sandbox, hooked):
    """WEB-2: anything but 2xx is tried again, with a new signature of the same event."""
    hooked.statuses += [500, 302]
    sandbox.happen("accounts", id="acct_1", payouts_enabled=False)
    wait_for(lambda: len(hooked.payloads) == 1)
    sandbox.advance(1)
    wait_for(lambda: len(hooked.payloads) == 2)
    sandbox.advance(5)
    wait_for(lambda: states(sandbox) == ["delivered"])
    (delivery,) = sandbox.webhooks()["deliveries"]
    assert [answer["status"] for answer in delivery["answers"]] == [500, 302, 200]
    assert {event["id"] for event in hooked.events} == {delivery["event"]}
    assert {event["account"] for event in hooked.events} == {"acct_1"}


def test_given_up_after_three_days(sandbox):
    """WEB-3: nobody listens for three days; the event is listed as not delivered, for thirty days."""
    sandbox.webhooks(url="http://127.0.0.1:9/", secret=SECRET)
    sandbox.happen("payments", amount=1, currency="usd", status="requires_action")
    sandbox.advance(3 * 86_400)
    wait_for(lambda: states(sandbox) == ["failed"] * 2)
    events = sandbox.client().v1.events
    missed = [event.id for event in events.list({"delivery_success": False}).data]
    assert len(missed) == 2
    assert events.list({"delivery_success": True}).data == []
    sandbox.advance(27 * 86_400)
    assert events.list({"delivery_success": False}).data == []
    with pytest.raises(stripe.InvalidRequestError) as gone:
        events.retrieve(missed[0])
    assert gone.value.code == "resource_missing"


def test_duplicates(sandbox, hooked):
    sandbox.webhooks(duplicate=2)
    sandbox.happen("accounts", id="acct_1")
    wait_for(lambda: len(hooked.payloads) == 3)
    assert len({event["id"] for event in hooked.events}) == 1


@pytest.mark.parametrize(("wanted", "order"), [("all", [1, 2, 3]), ("reverse", [3, 2, 1])])
def test_held_and_released(sandbox, hooked, wanted, order):
    sandbox.webhooks(hold=True)
    pay(sandbox, 1, 2, 3)
    assert states(sandbox) == ["held"] * 9
    sandbox.webhooks(release=wanted, hold=False)
    wait_for(lambda: len(hooked.payloads) == 9)
    assert amounts(hooked) == order


def test_released_in_a_chosen_order(sandbox, hooked):
    sandbox.webhooks(hold=True)
    pay(sandbox, 1)
    created, charged, paid = (event.id for event in reversed(sandbox.client().v1.events.list().data))
    sandbox.webhooks(release=[paid, created])
    wait_for(lambda: len(hooked.payloads) == 2)
    assert [event["id"] for event in hooked.events] == [paid, created]
    sandbox.webhooks(release="all")
    wait_for(lambda: len(hooked.payloads) == 3)
    assert hooked.events[2]["id"] == charged


def test_delayed(sandbox, hooked):
    sandbox.webhooks(delay=3600)
    sandbox.happen("accounts", id="acct_1")
    assert states(sandbox) == ["pending"]
    sandbox.advance(3599)
    assert hooked.payloads == []
    sandbox.advance(1)
    wait_for(lambda: hooked.types == ["account.updated"])


def test_dropped_and_resent(sandbox, hooked):
    """WEB-3: a lost event is listed as not delivered until it is sent again."""
    sandbox.webhooks(drop=1)
    sandbox.happen("payments", amount=1, currency="usd", status="requires_action")
    wait_for(lambda: states(sandbox) == ["dropped", "delivered"])
    events = sandbox.client().v1.events
    (missed,) = events.list({"delivery_success": False}).data
    assert missed.type == "payment_intent.created"
    assert [one.type for one in events.list({"delivery_success": True}).data] == ["payment_intent.requires_action"]
    sandbox.webhooks(resend=missed.id)
    wait_for(lambda: len(hooked.payloads) == 2)
    wait_for(lambda: events.list({"delivery_success": False}).data == [])
    sandbox.webhooks(drop=-1)
    pay(sandbox, 1)
    assert states(sandbox)[3:] == ["dropped"] * 3


def test_paused(sandbox, hooked):
    sandbox.webhooks(paused=True)
    pay(sandbox, 1)
    assert states(sandbox) == ["pending"] * 3
    assert hooked.payloads == []
    sandbox.webhooks(paused=False)
    wait_for(lambda: len(hooked.payloads) == 3)


def test_before_the_answer(sandbox, hooked):
    """Fault 33: the event arrives while the request that caused it still waits for its answer."""
    sandbox.fault("work_hang", "/v1/transfers", seconds=30)
    transfers = sandbox.client(timeout=(2, 0.2)).v1.transfers
    with pytest.raises(stripe.APIConnectionError):
        transfers.create({"amount": 1, "currency": "usd", "destination": "acct_1"}, {"idempotency_key": "k"})
    wait_for(lambda: hooked.types == ["transfer.created"])
    assert hooked.events[0]["request"]["idempotency_key"] == "k"
    sandbox.clear_faults()


def test_endpoints_by_account_and_type(sandbox):
    """Events of connected accounts go to `connect` endpoints only, and only the types they ask for."""
    with receiver() as ours, receiver() as theirs:
        endpoints = sandbox.client().v1.webhook_endpoints
        endpoints.create({"url": ours.url, "enabled_events": ["charge.succeeded"]})
        made = endpoints.create({"url": theirs.url, "enabled_events": ["*"], "connect": True})
        pay(sandbox, 1)
        sandbox.happen("accounts", id="acct_1")
        wait_for(lambda: len(states(sandbox)) == 2 and set(states(sandbox)) == {"delivered"})
        assert (ours.types, theirs.types) == (["charge.succeeded"], ["account.updated"])
        sandbox.webhooks(hold=True)
        sandbox.happen("accounts", id="acct_1")
        endpoints.delete(made.id)
        assert states(sandbox) == ["delivered", "delivered", "failed"]
        sandbox.reset()


def test_killed_sandbox_still_owes_them(tmp_path):
    """What was not delivered is in the state file; the address on the command line stays one endpoint."""
    with receiver() as took:
        more = ("--webhook", took.url, "--webhook-secret", SECRET)
        with running_sandbox(tmp_path / "s", *more) as sandbox:
            sandbox.webhooks(paused=True)
            pay(sandbox, 1)
            sandbox.kill()
        with running_sandbox(tmp_path / "s", *more) as sandbox:
            assert states(sandbox) == ["pending"] * 3
            sandbox.webhooks(paused=False)
            wait_for(lambda: len(took.payloads) == 3)
            sandbox.reset()
            assert [one["url"] for one in sandbox.webhooks()["endpoints"]] == [took.url]


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"duplicate": "2"},
        {"release": "some"},
        {"resend": "evt_none"},
        {"url": "nowhere", "secret": "s"},
        {"url": "http://127.0.0.1:9/"},
    ],
)
def test_treatment_there_is_not(sandbox, wrong):
    with pytest.raises(HTTPError) as refused:
        sandbox.webhooks(**wrong)
    assert refused.value.code == 400
    assert sandbox.webhooks()["endpoints"] == []
    refused.value.close()


def test_event_list_filters(sandbox):
    pay(sandbox, 1, 2)
    events = sandbox.client().v1.events
    both = events.list({"types": ["charge.succeeded", "payment_intent.created"]}).data
    assert [event.type for event in both] == ["charge.succeeded", "payment_intent.created"] * 2
    assert len(events.list({"type": "charge.succeeded"}).data) == 2
    assert events.list({"created": {"gt": both[0].created}}).data == []
    assert [one.id for one in events.list({"limit": 2}).auto_paging_iter()] == [one.id for one in events.list().data]
    with pytest.raises(stripe.InvalidRequestError, match="only use one of"):
        events.list({"type": "charge.succeeded", "types": ["charge.failed"]})


def test_webhook_needs_its_secret():
    command = [sys.executable, "-m", "backoffice.sandbox", "--port", "0", "--webhook", "http://127.0.0.1:9/"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "go together" in ended.stderr
