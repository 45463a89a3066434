"""What a job process has of its own and never shares by fork: connections, gateways, the wish to stop."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from functools import cached_property
from types import FrameType

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice import queue
from backoffice.config import Config
from backoffice.database import make_engine, session_factory
from backoffice.gateways.files import Files, LocalFiles
from backoffice.gateways.mail import Mailer
from backoffice.gateways.payments import Payments
from backoffice.gateways.smtp import make_mailer


@dataclass(slots=False)
class Runtime:
    """The belongings of one process; `current` makes a new one after a fork (J20)."""

    config: Config
    pid: int = field(default_factory=os.getpid)
    stopping: bool = False

    @cached_property
    def engine(self) -> sa.Engine:
        """A small pool; values stay out of error messages, which end in logs (J5)."""
        return make_engine(self.config.database_url, pool_size=2, max_overflow=2, hide_parameters=True)

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Makes sessions on the engine."""
        return session_factory(self.engine)

    @cached_property
    def payments(self) -> Payments:
        """The payment gateway, made at the first call that needs it. Raises `ConfigError` without a key (M16)."""
        from backoffice.gateways.stripe_payments import make_payments  # noqa: PLC0415 - most jobs never need it

        return make_payments(self.config)

    @cached_property
    def mailer(self) -> Mailer:
        """The way to send mail. Raises `ConfigError` without the address of a mail server."""
        return make_mailer(self.config)

    @cached_property
    def files(self) -> Files:
        """The store of the files that people fetch."""
        return LocalFiles(self.config.files)


_current: list[Runtime] = []


def current() -> Runtime:
    """The runtime of this process."""
    if not _current or _current[0].pid != os.getpid():
        config = Config.from_environment(os.environ, need=frozenset({"redis_url"}))
        queue.configure(config.redis_url)
        _current[:] = [Runtime(config=config)]
    return _current[0]


def stop_after_this_item() -> None:
    """Let SIGTERM ask the job in this process to hand back what it has not begun (J17)."""
    signal.signal(signal.SIGTERM, _ask_to_stop)


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    del number, frame
    current().stopping = True
