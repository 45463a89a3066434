"""Keys as Stripe's v1 API treats them, seen through the real SDK."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import stripe

from tests.sandbox.running import RunningSandbox

WHAT: Any = {"amount": 500, "currency": "usd", "destination": "acct_1"}
KEY: Any = {"idempotency_key": "k1"}


def effects(sandbox: RunningSandbox) -> int:
    return len(sandbox.effects("transfer.created"))


def test_replay_says_so(sandbox):
    transfers = sandbox.client().v1.transfers
    first, again = transfers.create(WHAT, KEY), transfers.create(WHAT, KEY)
    assert again.last_response.body == first.last_response.body
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert again.last_response.headers["Request-Id"] != first.last_response.headers["Request-Id"]
    assert effects(sandbox) == 1


def test_without_a_key_each_call_counts(sandbox):
    transfers = sandbox.client().v1.transfers
    assert transfers.create(WHAT).id != transfers.create(WHAT).id


@pytest.mark.parametrize(("kind", "status"), [("409", 409), ("429", 429), ("500", 500), ("html_502", 502)])
def test_not_saved_before_execution(sandbox, kind, status):
    transfers = sandbox.client().v1.transfers
    sandbox.fault(kind)
    with pytest.raises(stripe.StripeError) as refused:
        transfers.create(WHAT, KEY)
    assert refused.value.http_status == status
    assert "Idempotent-Replayed" not in transfers.create(WHAT, KEY).last_response.headers


def test_validation_and_wrong_api_key_are_not_saved(sandbox):
    transfers = sandbox.client().v1.transfers
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfers.create({**WHAT, "amount": 0}, KEY)
    assert refused.value.code == "parameter_invalid_integer"
    with pytest.raises(stripe.AuthenticationError):
        transfers.create(WHAT, {**KEY, "api_key": "nonsense"})
    assert transfers.create(WHAT, KEY).amount == 500


def test_refusal_after_execution_began_is_saved(sandbox):
    transfers = sandbox.client().v1.transfers
    sandbox.seed(balance={"usd": 0})
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            transfers.create(WHAT, KEY)
        assert refused.value.code == "balance_insufficient"
        sandbox.seed(balance={"usd": 100_000})
    assert refused.value.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(("kind", "done"), [("work_500", 1), ("500_saved", 0)])
def test_500_is_saved(sandbox, kind, done):
    """The SDK is told not to try again, since it would only get the same answer."""
    transfers = sandbox.client(retries=2).v1.transfers
    sandbox.fault(kind)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as crashed:
            transfers.create(WHAT, KEY)
        assert crashed.value.http_status == 500
    assert len(sandbox.requests("/v1/transfers")) == 2
    assert effects(sandbox) == done


def test_other_parameters_or_endpoint(sandbox):
    client = sandbox.client()
    client.v1.transfers.create(WHAT, KEY)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        client.v1.transfers.create({**WHAT, "amount": 501}, KEY)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.refunds.create({"payment_intent": "pi_1"}, KEY)
    assert client.v1.transfers.create({**dict(reversed(WHAT.items()))}, KEY).amount == 500


@pytest.mark.parametrize("kind", ["hang", "work_hang"])
def test_key_in_flight(sandbox, kind):
    transfers = sandbox.client().v1.transfers
    sandbox.fault(kind, seconds=1)
    first = threading.Thread(target=transfers.create, args=(WHAT, KEY))
    first.start()
    while not sandbox.requests("/v1/transfers"):
        time.sleep(0.02)
    with pytest.raises(stripe.APIError) as busy:
        transfers.create(WHAT, KEY)
    assert (busy.value.http_status, busy.value.error.code) == (409, "idempotency_key_in_use")
    first.join()
    transfers.create(WHAT, KEY)
    assert effects(sandbox) == 1


def test_forgotten_after_a_day(sandbox):
    """IDE-2: a day later the same key does it again, which is why old keys are looked up first."""
    transfers = sandbox.client().v1.transfers
    first = transfers.create(WHAT, KEY)
    sandbox.advance(24 * 3600 - 60)
    assert transfers.create(WHAT, KEY).id == first.id
    sandbox.advance(61)
    assert transfers.create(WHAT, KEY).id != first.id
    assert effects(sandbox) == 2


def test_key_too_long(sandbox):
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        sandbox.client().v1.transfers.create(WHAT, {"idempotency_key": "k" * 256})
    assert sandbox.client().v1.transfers.create(WHAT, {"idempotency_key": "k" * 255}).amount == 500
