"""The RQ worker of one queue: JSON only, our jobs only, each in a process of its own (reliability, section f)."""

from __future__ import annotations

import gc
import os
import signal
from types import FrameType
from typing import Final

import redis
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from backoffice import logs
from backoffice.actions import registry
from backoffice.config import Config, ConfigError
from backoffice.jobs import handlers, limits, runtime
from backoffice.jobs.safe_job import SafeJob
from models.operation import QueueName

#: Seconds after which Redis forgets a worker that is silent, and between two looks for jobs that were left behind.
_TTL: Final = 30
_MAINTENANCE: Final = 15

#: What the jobs of a queue cannot do without: it calls the payment provider, or it sends mail.
_NEEDS: Final = {
    QueueName.MONEY.value: frozenset({"stripe_api_key"}),
    QueueName.DEFAULT.value: frozenset({"mail_url"}),
}


class QueueWorker(Worker):
    """Tells the job in hand to hand back what it has not begun, when it is asked to end (J17)."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """End after the job in hand, which is told too."""
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def procline(self, message: str) -> None:
        """Keep our own command as the title, with `setproctitle` installed too: people and tools know it by that."""

    def setup_work_horse_signals(self) -> None:
        """Called in the new process, before it looks at its job."""
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        runtime.stop_after_this_item()


def run(queue_name: str) -> None:
    """Carry out the jobs of one queue until SIGTERM; a second SIGTERM ends the job in hand as well.

    Raises `ConfigError` when a setting is missing, or when a job could be ended in the middle of a call (J13).
    """
    config = Config.from_environment(os.environ, need=frozenset({"redis_url"}) | _NEEDS.get(queue_name, frozenset()))
    check_limits(config)
    logs.setup()
    _warm_up(config)
    make_worker(config, queue_name).work(with_scheduler=False)


def _warm_up(config: Config) -> None:
    """Do once here what each job's process inherits; it would spend longer on imports and mappers than on work."""
    handlers()
    registry.registry()
    configure_mappers()
    # Loads the driver; nothing connects before the fork (J20).
    runtime.Runtime(config=config).engine.dispose()
    # What is there now stays; without this each job's process would look through all of it for garbage, and copy it.
    gc.collect()
    gc.freeze()


def check_limits(config: Config) -> None:
    """Raise `ConfigError` unless RQ's time-out leaves room for the longest call to the outside."""
    made = runtime.Runtime(config=config)
    calls = {"a call to Stripe": made.payments.worst_case_seconds} if config.stripe_api_key else {}
    if config.mail_url:
        calls["sending a mail"] = made.mailer.worst_case_seconds
    problems = [
        f"{what} may take {worst:.0f} s, which is longer than a job may run"
        for what, worst in calls.items()
        if not limits.fits(worst)
    ]
    if problems:
        raise ConfigError(problems)


def make_worker(config: Config, queue_name: str) -> QueueWorker:
    """The worker, connected to nothing but Redis: each job's process opens its own database connections (J20)."""
    if config.redis_url is None:
        raise ConfigError(["REDIS_URL is not set"])
    return QueueWorker(
        [str(QueueName(queue_name).value)],
        connection=redis.from_url(config.redis_url),
        serializer=JSONSerializer,
        job_class=SafeJob,
        worker_ttl=_TTL,
        maintenance_interval=_MAINTENANCE,
        log_job_description=False,
    )
