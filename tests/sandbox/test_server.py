"""Lists, refusals, faults, concurrency and what survives a kill."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from backoffice.sandbox.stripe.errors import ValidationError
from backoffice.sandbox.stripe.forms import decode
from tests.sandbox.running import running_sandbox

WHAT: Any = {"amount": 500, "currency": "usd", "destination": "acct_1"}


def test_pages_by_cursor(sandbox):
    transfers = sandbox.client().v1.transfers
    made = [transfers.create({**WHAT, "transfer_group": "g"}).id for _ in range(7)][::-1]
    first = transfers.list({"limit": 3, "transfer_group": "g"})
    assert ([one.id for one in first.data], first.has_more) == (made[:3], True)
    rest = transfers.list({"limit": 100, "starting_after": made[2]})
    assert ([one.id for one in rest.data], rest.has_more) == (made[3:], False)
    before = transfers.list({"limit": 2, "ending_before": made[4]})
    assert ([one.id for one in before.data], before.has_more) == (made[2:4], True)
    assert [one.id for one in transfers.list({"limit": 2}).auto_paging_iter()] == made
    assert transfers.list({"created": {"gt": 4_000_000_000}}).data == []
    assert transfers.list({"transfer_group": "other"}).data == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({**WHAT, "colour": "red"}, "parameter_unknown"),
        ({"amount": 500, "currency": "usd"}, "parameter_missing"),
        ({**WHAT, "amount": "12.5"}, "parameter_invalid_integer"),
        ({**WHAT, "destination": "acct_none"}, "resource_missing"),
        ({**WHAT, "amount": 100_001}, "balance_insufficient"),
    ],
)
def test_refusals(sandbox, params, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.client().v1.transfers.create(params)
    assert (refused.value.http_status, refused.value.code) == (400, code)
    assert refused.value.request_id.startswith("req_")
    assert sandbox.effects("transfer.created") == []


def test_not_found(sandbox):
    client = sandbox.client()
    for retrieve in (client.v1.transfers, client.v1.refunds, client.v1.charges, client.v1.payment_intents):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            retrieve.retrieve("none_1")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.retrieve("acct_none")


def test_other_api_version(sandbox):
    with pytest.raises(stripe.InvalidRequestError, match="version"):
        sandbox.client().v1.balance.retrieve(options={"stripe_version": "2020-08-27"})


def test_expand(sandbox):
    refunds = sandbox.client().v1.refunds
    refund = refunds.create({"payment_intent": "pi_1", "amount": 100, "expand": ["charge.payment_intent"]})
    assert refund.charge.payment_intent.id == "pi_1"
    assert refunds.list({"expand": ["data.payment_intent"]}).data[0].payment_intent.amount == 10_000
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        refunds.create({"payment_intent": "pi_1", "amount": 100, "expand": ["colour"]})
    # The refusal undid the refund.
    assert len(sandbox.effects("refund.created")) == 1


def test_refunds_in_parallel_stay_within_the_charge(sandbox):
    """M6: twenty refunds of 20.00 on a charge of 100.00: five go through."""

    def refund(number: int) -> bool:
        try:
            client.v1.refunds.create({"payment_intent": "pi_1", "amount": 2000}, {"idempotency_key": f"k{number}"})
        except stripe.InvalidRequestError:
            return False
        return True

    client = sandbox.client()
    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(refund, range(20))) == 5
    assert sum(effect["amount"] for effect in sandbox.effects("refund.created")) == 10_000
    assert client.v1.balance.retrieve().available[0].amount == 90_000


def test_connected_balance(sandbox):
    client = sandbox.client()
    client.v1.transfers.create(WHAT)
    assert client.v1.balance.retrieve(options={"stripe_account": "acct_1"}).available[0].amount == 500


def test_fault_by_key_after_some(sandbox):
    client = sandbox.client()
    sandbox.fault("429", "/v1/transfers", key="b", skip=1, times=2)
    client.v1.transfers.create(WHAT, {"idempotency_key": "a"})
    client.v1.transfers.create(WHAT, {"idempotency_key": "b"})
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            client.v1.transfers.create(WHAT, {"idempotency_key": "b"})
    assert sandbox.faults() == []
    assert [line["fault"] for line in sandbox.requests()] == [None, None, "429", "429"]


def test_seeding_twice_changes_nothing(sandbox):
    intent = {"id": "pi_2", "amount": 300, "currency": "usd", "amount_refunded": 100}
    assert sandbox.seed(payment_intents=[intent]) == {"payment_intents": 1}
    assert sandbox.seed(payment_intents=[intent]) == {"payment_intents": 0}
    client = sandbox.client()
    assert client.v1.balance.retrieve().available[0].amount == 100_200
    assert client.v1.refunds.create({"payment_intent": "pi_2"}).amount == 200


def test_killed_sandbox_finds_its_refunds(tmp_path):
    """`make run` again knows what it did, keys included."""
    state = tmp_path / "deep" / "stripe.sqlite"
    with running_sandbox(state) as sandbox:
        sandbox.seed(payment_intents=[{"id": "pi_1", "amount": 500, "currency": "eur"}])
        options: Any = {"idempotency_key": "k"}
        refund = sandbox.client().v1.refunds.create({"payment_intent": "pi_1"}, options)
        sandbox.kill()
    with running_sandbox(state) as sandbox:
        assert sandbox.client().v1.refunds.retrieve(refund.id).amount == 500
        assert sandbox.client().v1.refunds.create({"payment_intent": "pi_1"}, options).id == refund.id
        assert len(sandbox.effects("refund.created")) == 1


def test_taken_port_is_one_sentence(sandbox):
    port = sandbox.url.rpartition(":")[2]
    command = [sys.executable, "-m", "backoffice.sandbox", "--port", port]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The Stripe sandbox cannot start:")
    assert ended.stderr.count("\n") == 1


def test_forms():
    assert decode("a=1&metadata[x]=y&metadata[z]=&expand[]=p&expand[]=q.r&items[0][n]=1&items[1][n]=2") == {
        "a": "1",
        "metadata": {"x": "y", "z": ""},
        "expand": ["p", "q.r"],
        "items": [{"n": "1"}, {"n": "2"}],
    }
    for wrong in ("a=1&a[b]=2", "a[b]=2&a=1", "[x]=1", "a[[b]]=1"):
        with pytest.raises(ValidationError):
            decode(wrong)
