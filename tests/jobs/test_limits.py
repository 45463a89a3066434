"""A job lasts longer than its longest call to the provider, and a worker for which that is not so does not start."""

from __future__ import annotations

import pytest

from backoffice.config import Config, ConfigError
from backoffice.jobs import limits, worker
from backoffice.jobs.worker import check_limits


@pytest.fixture
def config(database_url: str) -> Config:
    return Config(
        database_url=database_url,
        migrate_database_url=database_url,
        stripe_api_key="sk_test_123",
        mail_url="smtp://mail.example",
        mail_from="office@market.example",
    )


def test_the_limits_fit(config: Config) -> None:
    """J13"""
    check_limits(config)


def test_a_worker_whose_calls_outlast_its_jobs_does_not_start(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """J13: asserted at start; a job may be as long here as its slice of work."""
    monkeypatch.setattr(limits, "JOB_TIMEOUT", limits.SLICE)
    with pytest.raises(ConfigError, match=r"a call to Stripe may take .* longer than .*; sending a mail may take"):
        check_limits(config)


@pytest.mark.parametrize(("queue", "setting"), [("money", "STRIPE_API_KEY"), ("default", "MAIL_URL")])
def test_a_worker_without_what_its_jobs_need_does_not_start(
    database_url: str, monkeypatch: pytest.MonkeyPatch, queue: str, setting: str
) -> None:
    for name in ("STRIPE_API_KEY", "MAIL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    with pytest.raises(ConfigError, match=f"{setting} is not set"):
        worker.run(queue)
