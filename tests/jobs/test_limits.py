"""A job lasts longer than its longest call to the provider, and a worker for which that is not so does not start."""

from __future__ import annotations

import pytest

from backoffice.config import Config, ConfigError
from backoffice.jobs import limits
from backoffice.jobs.worker import check_limits


@pytest.fixture
def config(database_url: str) -> Config:
    return Config(database_url=database_url, migrate_database_url=database_url, stripe_api_key="sk_test_123")


def test_the_limits_fit(config: Config) -> None:
    """J13"""
    check_limits(config)


def test_a_worker_whose_calls_outlast_its_jobs_does_not_start(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """J13: asserted at start; a job may be as long here as its slice of work."""
    monkeypatch.setattr(limits, "JOB_TIMEOUT", limits.SLICE)
    with pytest.raises(ConfigError, match="longer than a job may run"):
        check_limits(config)
