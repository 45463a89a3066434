"""What goes wrong while the market is open: Stripe, the network, workers and servers, all by the dice of the seed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.chaos import aftermath
from tests.chaos.market import Market

#: How many of Stripe's answers are bad, and how.
SHARE = 0.45
KINDS = (
    "drop", "work_drop", "500", "500_saved", "work_500", "reset", "truncate", "409", "429", "lock_timeout", "html_502",
    "hang", "work_hang",
)  # fmt: skip
#: How long an answer hangs; the SDK tries twice, which is as long as a lease here.
_HANG = 1.0
_PAUSE = 0.06
#: Seconds of storm.
_LENGTH = 20.0
#: How likely each harm is before a step, beside what is sure to come.
_KILL, _FLUSH, _RESTART, _POST = 0.08, 0.003, 0.003, 0.1
#: Every so many steps held events go out, and pauses are over.
_HELD, _HURRY = 8, 15


def rage(market: Market, seed: int) -> None:
    """Go through the market's steps while everything goes wrong; each server is struck at least once."""
    stage, began = market.stage, time.monotonic()
    stage.sandbox.weather(SHARE, seed, kinds=KINDS, seconds=_HANG)
    stage.sandbox.webhooks(duplicate=1)
    sure: list[tuple[float, Callable[[Market], None]]]
    sure = [(0.8, _restart), (0.6, Market.charge_back), (0.4, _flush), (0.2, _kill_scheduler)]
    for number, _ in enumerate(market.steps()):
        stage.tend()
        _harm(market)
        passed = (time.monotonic() - began) / _LENGTH
        if sure and passed > sure[-1][0]:
            sure.pop()[1](market)
        if number % _HELD == 0:
            stage.sandbox.webhooks(hold=False, release="reverse")
        if number % _HURRY == 0:
            aftermath.skip_pauses(market)
        if passed > 1 and not sure:
            break
        time.sleep(_PAUSE)
    market.figures["steps"] = number


def calm(market: Market) -> None:
    """Everything works again; what was held back is delivered, in the wrong order."""
    sandbox = market.stage.sandbox
    sandbox.clear_faults()
    sandbox.webhooks(duplicate=0, hold=False, drop=0, release="reverse")
    struck = Counter(line["fault"] for line in sandbox.log()["requests"] if line["fault"])
    market.figures["faults"] = struck.total()
    market.figures.update({f"fault {kind}": count for kind, count in struck.items()})


def _harm(market: Market) -> None:
    if market.dice.random() < _KILL and (what := market.stage.kill_worker(market.dice)):
        market.figures["kills"] += 1
        market.figures[f"kill of {what}"] += 1
    for chance, do in ((_FLUSH, _flush), (_RESTART, _restart), (_POST, _mistreat)):
        if market.dice.random() < chance:
            do(market)


def _flush(market: Market) -> None:
    market.stage.flush()
    market.figures["flushes"] += 1


def _restart(market: Market) -> None:
    market.stage.restart_postgres()
    market.figures["restarts"] += 1


def _kill_scheduler(market: Market) -> None:
    market.stage.kill_scheduler()
    market.figures["kills"] += 1
    market.figures["kill of scheduler"] += 1


def _mistreat(market: Market) -> None:
    """Events come once, twice or three times, later and in the wrong order, or never."""
    change: dict[str, Any] = market.dice.choice(
        ({"duplicate": 2}, {"duplicate": 1}, {"duplicate": 0}, {"hold": True}, {"drop": 2})
    )
    market.stage.sandbox.webhooks(**change)
    market.figures[f"events {' '.join(change)}"] += 1
