"""The limit of requests per second (M17)."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.sandbox.running import running_sandbox


def test_so_many_a_second_for_each_endpoint(sandbox):
    """M17: what is above the limit is a 429, which no key remembers; another endpoint counts for itself."""
    sandbox.configure(rate_limit=5)
    client = sandbox.client()
    with ThreadPoolExecutor(20) as pool:
        ended = list(pool.map(lambda _: _read(client), range(60)))
    assert 5 <= ended.count(200) < 60
    assert ended.count(429) == 60 - ended.count(200)
    sandbox.configure(rate_limit=1)
    what = {"amount": 1, "currency": "usd", "destination": "acct_1"}
    client.v1.transfers.create(what, {"idempotency_key": "a"})
    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.transfers.create(what, {"idempotency_key": "b"})
    assert refused.value.json_body["error"]["code"] == "rate_limit"
    sandbox.configure(rate_limit=0)
    assert client.v1.transfers.create(what, {"idempotency_key": "b"}).amount == 1


def _read(client: stripe.StripeClient) -> int:
    try:
        return client.v1.balance.retrieve().last_response.code
    except stripe.RateLimitError:
        return 429


def test_by_the_command_line():
    with running_sandbox(None, "--rate-limit", "7") as sandbox:
        assert sandbox.configure()["rate_limit"] == 7
        sandbox.reset()
        assert sandbox.configure()["rate_limit"] == 7


def test_old_state_file(tmp_path):
    """A file written before objects had owners is still understood: its objects are the platform's."""
    with running_sandbox(tmp_path / "s") as sandbox:
        sandbox.seed(payment_intents=[{"id": "pi_1", "amount": 500, "currency": "eur"}])
    with sqlite3.connect(tmp_path / "s") as file:
        owned = ["intent", "charge", "group", "destination", "source", "transfer"]
        for index in ["objects_owner", *(f"owner_{name}" for name in owned)]:
            file.execute(f"DROP INDEX {index}")
        file.execute("ALTER TABLE objects DROP COLUMN account")
    file.close()
    with running_sandbox(tmp_path / "s") as sandbox:
        assert sandbox.client().v1.payment_intents.retrieve("pi_1").amount == 500
