"""Wakes that are lost, doubled or late change nothing but the time it takes (J2, J3, J9, J18; faults 18 to 21)."""

from __future__ import annotations

import threading

import pytest

from backoffice import queue
from backoffice.services import operations
from models.operation import QueueName
from tests.faults.decisions import PAYOUT, REFUND, Decision, decide, is_over, once, traces
from tests.faults.machinery import Machinery

pytestmark = pytest.mark.faults
#: Places where the wake has been taken and the work is not done.
MIDWAY = ("claimed", "taken", "begun", "called")


def wake(decision: Decision) -> None:
    """One more delivery of the same wake."""
    queue.wake(QueueName.MONEY.value, operations.KIND, decision.operation)


def finish(machinery: Machinery, decisions: list[Decision]) -> None:
    """Wait for all of them; each must have left one of everything."""
    machinery.wait_until(lambda: all(is_over(machinery, decision) for decision in decisions))
    for decision in decisions:
        assert traces(machinery, decision) == once(decision)


def test_ten_deliveries_to_four_workers(machinery: Machinery) -> None:
    """J9, JOB-2: the same wake ten times at once, while four workers wait for it."""
    with machinery.more_workers(2):
        decisions = [decide(machinery, action) for action in (PAYOUT, REFUND)]
        threads = [threading.Thread(target=wake, args=[one]) for one in decisions for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        finish(machinery, decisions)
        machinery.wait_until(machinery.is_drained)
    finish(machinery, decisions)


def test_a_commit_without_a_wake(machinery: Machinery) -> None:
    """J2: the process that committed died before it could wake a worker; the relay does."""
    queue.configure(None)
    decisions = [decide(machinery, action) for action in (PAYOUT, REFUND)]
    queue.configure(machinery.redis_url)
    finish(machinery, decisions)


@pytest.mark.parametrize("action", [PAYOUT, REFUND])
def test_flushed_midway(machinery: Machinery, action: str) -> None:
    """J3, fault 18: the job dies at the worst place, and Valkey forgets everything before it is woken again."""
    decisions = [decide(machinery, action, lambda it: machinery.die_at("called", it, both=False)) for _ in range(2)]
    machinery.wait_until(lambda: all(machinery.has_died("called", one.operation) for one in decisions))
    machinery.flush_valkey()
    finish(machinery, decisions)


def test_flushed_with_much_queued(machinery: Machinery) -> None:
    """J3: some are done, some under way, some queued when it happens."""
    decisions = [decide(machinery, action) for _ in range(6) for action in (PAYOUT, REFUND)]
    machinery.wait_until(lambda: is_over(machinery, decisions[0]))
    machinery.flush_valkey()
    finish(machinery, decisions)


@pytest.mark.parametrize("point", MIDWAY)
def test_restarted_midway(machinery: Machinery, point: str) -> None:
    """J18, faults 19 and 21: Valkey is killed, empty when it comes back, and a job has died at a bad place besides."""
    decisions = [
        decide(machinery, action, lambda it: machinery.die_at(point, it, both=False)) for action in (PAYOUT, REFUND)
    ]
    machinery.wait_until(lambda: all(machinery.has_died(point, one.operation) for one in decisions))
    machinery.kill_valkey()
    finish(machinery, decisions)


def test_submitted_while_valkey_is_down(machinery: Machinery) -> None:
    """J4: the submission answers all the same, and is carried out when Valkey is back."""
    machinery.kill_valkey()
    finish(machinery, [decide(machinery, action) for action in (PAYOUT, REFUND)])
