"""One set of machinery for all tests of a process, and the table of what was killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from backoffice.config import Config, sqlalchemy_url
from backoffice.database import session_factory
from backoffice.gateways.stripe_payments import StripePayments
from backoffice.jobs.runtime import Runtime
from tests.faults.here import Here
from tests.faults.machinery import Machinery, running_machinery
from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.sandbox.running import KEY, RunningSandbox
from tests.support.cleaning import Cleaner


@pytest.fixture(scope="module")
def _machinery(engine: sa.Engine, database_url: str, _cleaner: Cleaner) -> Iterator[Machinery]:
    """Started once; the rows that tests leave are removed at the end."""
    with running_machinery(engine, database_url) as machinery:
        yield machinery
    engine.dispose()
    _cleaner.clean()


@pytest.fixture
def machinery(_machinery: Machinery) -> Iterator[Machinery]:
    """Workers, relay, Valkey and sandbox, all running; no order to fail outlives a test."""
    _machinery.wait_until(_machinery.ready)
    yield _machinery
    for order in _machinery.orders.iterdir():
        order.unlink()
    _machinery.sandbox.clear_faults()


@pytest.fixture
def here(clean_database: sa.Engine, database_url: str, sandbox: RunningSandbox) -> Iterator[Here]:
    """The engine of jobs in this process, with the real gateway and the sandbox."""
    url = sqlalchemy_url(database_url)
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url))
    # The gateway's own patience, shortened: a call that hangs ends after a second.
    runtime.__dict__["payments"] = StripePayments(KEY, api_base=sandbox.url, timeout=(1.0, 1.0), retries=0)
    yield Here(runtime=runtime, sessions=session_factory(clean_database), sandbox=sandbox)
    runtime.engine.dispose()
    sandbox.clear_faults()


__all__ = ["sandbox", "sandbox_process"]


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
