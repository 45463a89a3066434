"""M17: no process sends more than twenty requests a second."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

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


def test_first_does_not_wait() -> None:
    pace = Pace(per_second=1)
    pace.wait()
    assert pace.interval == 1
