"""The machine for a short while with a new seed each time; `make soak` runs it for long."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from backoffice.config import Config, sqlalchemy_url
from backoffice.database import session_factory
from backoffice.gateways.stripe_payments import StripePayments
from backoffice.jobs.runtime import Runtime
from tests.machine.machine import MoneyMachine
from tests.machine.world import World
from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.sandbox.running import KEY, RunningSandbox
from tests.support.cleaning import Cleaner
from tests.webhooks.support import Inbox

__all__ = ["sandbox", "sandbox_process"]

#: How many numbered seeds, where it is asked to run for long; how many lives a seed has, and steps a life.
SEEDS = int(os.environ.get("MACHINE_SEEDS", "0"))
FIRST = int(os.environ.get("MACHINE_FIRST_SEED", "1"))
LIVES, STEPS = (5, 40) if SEEDS else (3, 25)


@pytest.fixture
def world(clean_database: sa.Engine, _cleaner: Cleaner, database_url: str, sandbox: RunningSandbox) -> Iterator[World]:
    url = sqlalchemy_url(database_url)
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url))
    runtime.__dict__["payments"] = StripePayments(KEY, api_base=sandbox.url, timeout=(5.0, 30.0), retries=0)
    inbox = Inbox(runtime=runtime, sessions=session_factory(clean_database), sandbox=sandbox)
    yield World(inbox=inbox, cleaner=_cleaner)
    runtime.engine.dispose()
    sandbox.clear_faults()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS) if SEEDS else [0])
def test_money_moves_once_and_the_book_is_whole(world: World, seed: int) -> None:
    """IDE-1, IDE-2, LED-1, LED-3, LED-4, REC-4, REF-1, REF-2, REF-4, PAY-3, PAY-8, PAY-9, WEB-2."""
    seed = seed or int(os.environ.get("MACHINE_SEED", "0")) or random.randrange(10**9)
    print(f"MACHINE_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    life = type("Money", (MoneyMachine,), {"world": world})
    started = time.monotonic()
    run_state_machine_as_test(
        hypothesis.seed(seed)(life),
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    figures = ", ".join(f"{what} {count}" for what, count in sorted(world.figures.items()))
    print(f"seed {seed}: {time.monotonic() - started:.0f} s; {figures}")  # noqa: T201
