"""`kill -9` at every named point of a payout and a refund: exactly one effect each time (J11; faults 1 to 14)."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from backoffice import jobs
from backoffice.jobs.crash_points import (
    CHARGE_POINTS,
    EVENT_POINTS,
    FILE_POINTS,
    IMPORT_POINTS,
    MAIL_POINTS,
    POINTS,
    RECON_POINTS,
    SWEEP_POINTS,
)
from tests.faults.decisions import PAYOUT, REFUND, Decision, Traces, decide, is_over, once, traces
from tests.faults.machinery import LEASE, Machinery

pytestmark = pytest.mark.faults

#: J11: a killed operation is done this many seconds after its lease at the latest, by the clock of an idle machine.
_IN_TIME = LEASE + 5.0
#: How much slower than an idle machine the tests may be run.
_LOADED = 3.0
Record = Callable[[str, object], None]


@pytest.mark.parametrize("both", [False, True], ids=["job", "worker-and-job"])
@pytest.mark.parametrize("point", POINTS)
def test_one_effect_whenever_it_dies(machinery: Machinery, record_property: Record, point: str, *, both: bool) -> None:
    """J11, J15, IDE-1, IDE-2: one transfer or refund, right statuses, one transaction row, one chain of history."""
    order = partial(machinery.die_at, point, both=both)
    decisions = [decide(machinery, action, order) for action in (PAYOUT, REFUND)]
    died: dict[Decision, float] = {}
    over: dict[Decision, float] = {}

    def all_over() -> bool:
        for decision in decisions:
            if decision not in died and machinery.has_died(point, decision.operation):
                died[decision] = time.monotonic()
            if decision not in over and is_over(machinery, decision):
                over[decision] = time.monotonic()
        return len(over) == len(died) == len(decisions)

    machinery.wait_until(all_over)
    for decision in decisions:
        left = traces(machinery, decision)
        assert left == once(decision)
        seconds = over[decision] - died[decision]
        record_property("matrix", _row(point, decision, left, seconds, both=both))
        assert seconds < _IN_TIME * _LOADED


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    """File and function of every call in the package of the jobs."""
    for path in Path(str(jobs.__file__)).parent.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Call):
                        yield path.name, function.name, node


def test_every_point_is_passed() -> None:
    """J11: the list of points and the places in the code are the same."""
    reached = {
        node.args[0].value
        for _, _, node in _calls()
        if isinstance(node.func, ast.Name) and node.func.id == "reach" and isinstance(node.args[0], ast.Constant)
    }
    listed = (POINTS, EVENT_POINTS, SWEEP_POINTS, RECON_POINTS, CHARGE_POINTS, FILE_POINTS, IMPORT_POINTS, MAIL_POINTS)
    assert reached == set().union(*listed)


def test_no_transaction_or_call_is_without_a_point() -> None:
    """J11: who adds a transaction or a call to a provider is asked for the point at which it may die."""
    works, has_point = set(), set()
    for file, function, node in _calls():
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"transaction", "begin", "commit", "call"}:
            works.add((file, function))
        if isinstance(node.func, ast.Name) and node.func.id == "reach":
            has_point.add((file, function))
    assert works - has_point == {
        # The transaction itself, and the one that records a failure: to die there is to die before it.
        ("holding.py", "transaction"),
        ("holding.py", "settle"),
        ("webhooks.py", "_settle"),
        ("provider_sweeps.py", "_put_off"),
        ("recon.py", "_put_off"),
        ("charges.py", "_put_off"),
        ("files.py", "_put_off"),
        ("imports.py", "_put_off"),
        ("mails.py", "_put_off"),
        # How far all or none are: to die there is to die at `import_claimed`.
        ("imports.py", "__call__"),
        # The progress of a file that is being written: to die there is to die at `file_claimed`.
        ("files.py", "__call__"),
        # Deletes a file, whether or not it is there any more, before the row says so: done again by the next.
        ("files.py", "_expire"),
        # Puts back what has not begun, when the worker is asked to stop (J17).
        ("runners.py", "carry_out"),
        # Recurring work, each period under a key of its own (J16).
        ("sweeps.py", "run_if_due"),
    }


def _row(point: str, decision: Decision, left: Traces, seconds: float, *, both: bool) -> str:
    """One line of the matrix; it begins with what it is sorted by."""
    killed = "worker and job" if both else "job"
    return (
        f"{POINTS.index(point) + 1:2} {point:20} {killed:15} {decision.action:15} effects {left.effects}"
        f"  {left.status:10} transactions {len(left.transactions)}  {seconds:4.1f} s"
    )
