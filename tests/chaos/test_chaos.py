"""A few seeds of chaos, other ones each time; `make chaos` runs many. `CHAOS_SEED` repeats one."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from backoffice.clock import now
from tests.chaos import aftermath, storm, truth
from tests.chaos.market import Market
from tests.chaos.stage import Stage

pytestmark = pytest.mark.faults

#: How many numbered seeds, where it is asked to run for long.
SEEDS = int(os.environ.get("CHAOS_SEEDS", "0"))
FIRST = int(os.environ.get("CHAOS_FIRST_SEED", "1"))
IN_THE_SUITE = 3
_total: Counter[str] = Counter()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage
    if SEEDS:
        print(f"\n{_total['seeds']} seeds: {_said(_total)}")  # noqa: T201


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS) if SEEDS else [-number for number in range(IN_THE_SUITE)])
def test_chaos(stage: Stage, seed: int) -> None:
    """J3, J9, J11, J18, M1 to M8, M12, M13, M18; faults 1 to 19, 23, 27 to 30, 33 to 35."""
    seed = seed if seed > 0 else int(os.environ.get("CHAOS_SEED", "0")) or random.randrange(10**9)
    print(f"\nCHAOS_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    started, today = time.monotonic(), now().date()
    stage.begin()
    market = Market(stage, random.Random(seed))
    try:
        market.open()
        market.begin()
        storm.rage(market, seed)
        storm.calm(market)
        market.figures["seconds of storm"] = round(time.monotonic() - started)
        aftermath.drain(market)
        truth.check(market, today)
        assert all(market.figures[harm] for harm in ("faults", "kills", "flushes", "restarts"))
    finally:
        print(f"seed {seed}: {time.monotonic() - started:.0f} s; {_said(market.figures)}")  # noqa: T201
    _total.update(market.figures)
    _total["seeds"] += 1


def _said(figures: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(figures.items()))
