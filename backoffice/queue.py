"""The wake-up bell: puts `{kind, id}` on RQ after the commit, and never keeps anybody waiting.

The row is the record (JOB-1); losing a wake costs seconds, because the relay finds what is due. So there is no retry
here, time limits are short, and after a failure Redis is left alone for a moment. RQ is spoken to with JSON only.
"""

from __future__ import annotations

import functools
import logging
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_log = logging.getLogger(__name__)

#: The only function that a job may name (J6).
ENTRY: Final = "backoffice.jobs.run"
#: Seconds a job may take. A run hands back after `backoffice.jobs.limits.SLICE`, so this is for what hangs (J13).
JOB_TIMEOUT: Final = 240
#: Seconds to connect and to wait for an answer, each.
_PATIENCE: Final = 0.2
#: Seconds in which nothing is tried after a failure.
_PAUSE: Final = 2.0
#: Nothing about a finished or failed job is read from Redis, so nothing is kept for long.
_KEEP_FINISHED: Final = 60
_KEEP_FAILED: Final = 86_400
_PENDING: Final = "backoffice.wakes"


@dataclass(slots=True)
class Bell:
    """A connection to Redis with a fuse: once it fails, calls fail at once until `_PAUSE` is over."""

    url: str
    client: redis.Redis = field(init=False)
    silent_until: float = 0.0

    def __post_init__(self) -> None:
        """Connect lazily, with short limits and without retries (J4)."""
        self.client = redis.from_url(
            self.url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0)
        )

    def ring(self, queue: str, kind: str, row_id: uuid.UUID) -> bool:
        """Put one wake on the queue; False when Redis cannot be reached."""
        if time.monotonic() < self.silent_until:
            return False
        try:
            Queue(queue, connection=self.client, serializer=JSONSerializer).enqueue(
                ENTRY,
                kwargs={"kind": kind, "id": str(row_id)},
                # RQ overwrites the record of a job that has the same id, so each wake needs its own last part.
                job_id=f"{kind}-{row_id}-{secrets.token_hex(4)}",
                job_timeout=JOB_TIMEOUT,
                result_ttl=_KEEP_FINISHED,
                failure_ttl=_KEEP_FAILED,
            )
        except (redis.RedisError, OSError) as error:
            self.silent_until = time.monotonic() + _PAUSE
            _log.warning("Redis cannot be reached, the relay will wake %s %s: %s", kind, row_id, type(error).__name__)
            return False
        return True

    def answers(self) -> bool:
        """Whether Redis answers now; asked by the relay before it sweeps."""
        try:
            answer = bool(self.client.ping())
        except (redis.RedisError, OSError):
            return False
        self.silent_until = 0.0
        return answer


@dataclass(slots=True)
class _Settings:
    url: str | None = None


_settings = _Settings()


def configure(redis_url: str | None) -> None:
    """Say where Redis is; without an address nothing is woken but by the relay of another process."""
    _settings.url = redis_url
    _bell.cache_clear()


@functools.cache
def _bell(url: str) -> Bell:
    return Bell(url)


def wake(queue: str, kind: str, row_id: uuid.UUID) -> bool:
    """Wake a worker of `queue` for a row that is already committed; False when that was not possible."""
    return _settings.url is not None and _bell(_settings.url).ring(queue, kind, row_id)


def answers() -> bool:
    """Whether Redis can be reached."""
    return _settings.url is not None and _bell(_settings.url).answers()


def wake_after_commit(session: Session, queue: str, kind: str, id: uuid.UUID) -> None:  # noqa: A002 - the payload's word
    """Wake a worker of `queue` for the row once this session's outermost transaction is committed (J1).

    A rollback forgets it; releasing a savepoint does not fire it. The caller makes the row due, so that the relay wakes
    it when this process dies before it does.
    """
    within = session.get_nested_transaction() or session.get_transaction()
    session.info.setdefault(_PENDING, []).append((within, str(queue), kind, id))


@event.listens_for(Session, "after_commit")
def _leave(session: Session) -> None:
    """Ring for everything that the outermost commit made true."""
    if session.get_nested_transaction() is None:
        for _within, queue, kind, row_id in session.info.pop(_PENDING, ()):
            wake(queue, kind, row_id)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    """Forget what the transaction or savepoint that was rolled back had asked for."""
    waiting: list[Any] = session.info.get(_PENDING, [])
    session.info[_PENDING] = [one for one in waiting if previous.nested and one[0] is not previous]
