"""Fixtures of every test that talks to the Stripe sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.running import RunningSandbox, running_sandbox


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: RunningSandbox) -> RunningSandbox:
    """An empty sandbox with one intent of 100.00 USD, one account and 1,000.00 USD to spend."""
    sandbox_process.reset()
    sandbox_process.seed(
        payment_intents=[{"id": "pi_1", "amount": 10_000, "currency": "usd"}],
        accounts=[{"id": "acct_1"}],
        balance={"usd": 100_000},
    )
    return sandbox_process
