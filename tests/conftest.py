"""What every test shares: the servers of the run, and the rule that CI skips nothing."""

from __future__ import annotations

import os

import pytest

from tests.support import servers

pytest_plugins = ["tests.support.fixtures", "tests.support.committed"]
_skipped: list[str] = []


def _starts_the_run(config: pytest.Config) -> bool:
    """Not a process that xdist started."""
    return not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if _starts_the_run(config):
        servers.make_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _starts_the_run(config):
        servers.remove_folder()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed run: a machine without a browser would otherwise look fine."""
    if os.environ.get("CI") == "true" and _skipped and _starts_the_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI") == "true":
        for name in _skipped:
            terminalreporter.write_line(f"skipped, which CI does not allow: {name}")
