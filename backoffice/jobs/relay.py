"""The scheduler process: wakes what is due, ends what nobody decided, keeps partitions ahead (JOB-1, J2, J3, J16).

Everything it does is safe to do twice, and a lock in PostgreSQL lets one process at a time do it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import suppress
from types import FrameType
from typing import Final

import sqlalchemy as sa

from backoffice import logs, queue
from backoffice.config import Config
from backoffice.database import make_engine, session_factory
from backoffice.jobs import sweeps

_log = logging.getLogger(__name__)

#: Seconds between two looks.
_TICK: Final = 0.5
#: Seconds between two attempts to lead.
_IDLE: Final = 2.0
#: The leader's lock; the number has no meaning beyond being ours.
_LEADER: Final = 7_245_310_003


class Relay:
    """One candidate for the work; `tick` does it when it holds the lock."""

    def __init__(self, engine: sa.Engine) -> None:
        self.sessions = session_factory(engine)
        self._engine = engine
        self._lock: sa.Connection | None = None
        self._sweeps = [sweeps.Timed(job) for job in sweeps.JOBS]

    def tick(self) -> bool:
        """Do what is due now; False when another process leads or the database cannot be reached."""
        try:
            if not self._leads():
                return False
        except sa.exc.SQLAlchemyError as error:
            _log.warning("The scheduler waits for the database: %s", type(error).__name__)
            self.resign()
            return False
        for sweep in self._sweeps:
            sweep.run_if_due(self.sessions)
        return True

    def resign(self) -> None:
        """Let somebody else lead."""
        if self._lock is None:
            return
        connection, self._lock = self._lock, None
        # Given back in words, since the server takes a moment to notice a closed connection.
        with suppress(sa.exc.SQLAlchemyError):
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_LEADER)))
        connection.invalidate()
        connection.close()

    def _leads(self) -> bool:
        """Whether this process holds the lock, which lives as long as its connection."""
        if self._lock is not None:
            self._lock.execute(sa.text("SELECT 1"))
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.execute(sa.select(sa.func.pg_try_advisory_lock(_LEADER))).scalar_one():
            self._lock = connection
            _log.info("This scheduler leads.")
            return True
        connection.close()
        return False


def run() -> None:
    """Work until SIGTERM. Raises `ConfigError` when a setting is missing."""
    config = Config.from_environment(os.environ, need=frozenset({"redis_url"}))
    logs.setup()
    queue.configure(config.redis_url)
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    engine = make_engine(config.database_url, pool_size=2, max_overflow=1, hide_parameters=True)
    relay = Relay(engine)
    pause = 0.0
    while not stop.wait(pause):
        pause = _TICK if relay.tick() else _IDLE
    relay.resign()
    engine.dispose()
