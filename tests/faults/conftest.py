"""One set of machinery for all tests of a process, and the table of what was killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.faults.machinery import Machinery, running_machinery
from tests.support.cleaning import Cleaner


@pytest.fixture(scope="module")
def machinery(engine: sa.Engine, database_url: str, _cleaner: Cleaner) -> Iterator[Machinery]:
    """Workers, relay, Valkey and sandbox, running; the rows they leave are removed afterwards."""
    with running_machinery(engine, database_url) as machinery:
        yield machinery
    engine.dispose()
    _cleaner.clean()


@pytest.fixture(autouse=True)
def _in_order(machinery: Machinery) -> Iterator[None]:
    """Everything runs before a test; no order to fail outlives it."""
    machinery.wait_until(machinery.ready)
    yield
    for order in machinery.orders.iterdir():
        order.unlink()
    machinery.sandbox.clear_faults()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The crash matrix, when output is wanted (-s)."""
    if config.getoption("capture") != "no":
        return
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    rows = [value for report in reports for name, value in report.user_properties if name == "matrix"]
    if rows:
        terminalreporter.section("crash matrix")
        for row in sorted(rows):
            terminalreporter.write_line(row)
