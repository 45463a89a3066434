"""M17: no process sends more than twenty requests a second."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from backoffice.gateways.stripe_payments import StripePayments
from backoffice.gateways.stripe_throttle import Pace
from tests.sandbox.running import KEY, RunningSandbox


def busiest_second(times: list[float]) -> int:
    return max(sum(start <= time < start + 1 for time in times) for start in times)


def test_sixty_calls_at_once(sandbox: RunningSandbox) -> None:
    """Two clients and eight threads share one pace; the sandbox sees at most 20 in any second, and refuses none."""
    sandbox.configure(rate_limit=25)
    clients = [StripePayments(KEY, api_base=sandbox.url, retries=0) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: clients[number % 2].available_balance("USD"), range(60)))
    seen = sandbox.requests("/v1/balance", "GET")
    assert {line["status"] for line in seen} == {200}
    assert len(seen) == 60
    assert busiest_second([line["time"] for line in seen]) <= 20


def test_own_retries_wait_too(sandbox: RunningSandbox) -> None:
    sandbox.fault("500", "/v1/balance", method="GET", times=2)
    assert Pace().interval < stripe.HTTPClient.INITIAL_DELAY
    StripePayments(KEY, api_base=sandbox.url, retries=2).available_balance("USD")
    times = sorted(line["time"] for line in sandbox.requests("/v1/balance", "GET"))
    assert len(times) == 3


def test_late_waking_is_not_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a thread wakes late; those after it do not follow in a burst."""
    sleep, late = time.sleep, itertools.cycle((0.0, 0.06, 0.0, 0.09))
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(seconds + next(late)))
    pace, woken = Pace(per_second=20), []

    def take_turn(_: int) -> None:
        pace.wait()
        woken.append(time.monotonic())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take_turn, range(24)))
    assert len(woken) == 24
    assert min(after - before for before, after in itertools.pairwise(sorted(woken))) >= 0.5 * pace.interval


def test_first_does_not_wait() -> None:
    pace = Pace(per_second=1)
    pace.wait()
    assert pace.interval == 1
