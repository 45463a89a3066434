"""A share of all requests fails, in the same way for the same seed (fault 27 to 30)."""

from __future__ import annotations

import contextlib
import itertools

import pytest
import stripe

from backoffice.sandbox.stripe.faults import FaultKind


def outcomes(sandbox, count=40):
    """What `count` reads find, each "ok" or the fault that struck it."""
    client = sandbox.client()
    for _ in range(count):
        with contextlib.suppress(stripe.StripeError):
            client.v1.balance.retrieve()
    lines = sandbox.requests("/v1/balance", "GET")[-count:]
    return [line["fault"] or "ok" for line in lines]


def test_the_same_seed_fails_the_same_requests(sandbox):
    kinds = ["drop", "500", "409", "429", "html_502", "lock_timeout"]
    seen = []
    for seed in (1, 1, 2):
        sandbox.weather(0.45, seed, kinds=kinds)
        seen.append(outcomes(sandbox))
    assert seen[0] == seen[1] != seen[2]
    assert set(itertools.chain(*seen)) == {"ok", *kinds}
    assert 30 < sum(one != "ok" for one in itertools.chain(*seen)) < 78


def test_it_is_all_or_nothing_at_the_ends(sandbox):
    sandbox.weather(1, 5, kinds=["429"])
    assert outcomes(sandbox, 5) == ["429"] * 5
    sandbox.weather(0, 5)
    assert outcomes(sandbox, 5) == ["ok"] * 5


def test_an_ordered_fault_comes_first_and_clearing_ends_both(sandbox):
    sandbox.weather(1, 5, kinds=["429"])
    sandbox.fault("html_502", method="GET")
    assert outcomes(sandbox, 2) == ["html_502", "429"]
    sandbox.clear_faults()
    assert outcomes(sandbox, 3) == ["ok"] * 3


def test_writes_are_struck_in_every_way(sandbox):
    """Unless it is told, it brings every kind that takes no time; what is done is in the log of effects."""
    sandbox.weather(1, 3)
    what = {"amount": 1, "currency": "usd", "destination": "acct_1"}
    for number in range(60):
        with pytest.raises(stripe.StripeError):
            sandbox.client().v1.transfers.create(what, {"idempotency_key": str(number)})
    struck = [line["fault"] for line in sandbox.requests("/v1/transfers")]
    assert set(struck) == set(FaultKind) - {"hang", "work_hang"}
    done = {"work_drop", "work_500", "reset", "truncate"}
    assert len(sandbox.effects("transfer.created")) == sum(kind in done for kind in struck)
