"""Makes files: write, then in one transaction put it in its place and say so; a week later delete it.

The same for exports and reports; what is compiled where, and why, is in decision 0006.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from backoffice.errors import DomainError
from backoffice.gateways.files import Draft
from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services.exports import writing
from backoffice.services.exports.life import Life
from backoffice.services.leases import GIVEN_UP, MAX_ATTEMPTS

_log = logging.getLogger(__name__)

#: Seconds between two times that it is told how far the file is.
_TOLD_EVERY: Final = 1.0
#: Seconds that a file may take altogether, within what RQ allows a job.
_LONGEST: Final = 180.0
#: What goes wrong for no known reason is tried so often.
_TRIES: Final = 3

#: Writes the rows of what was taken into the draft; how many they are.
Write = Callable[[Runtime, Any, Draft, writing.Progress], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """How the files of one table are made. `kind` is what wakes and logs call them."""

    kind: str
    life: Life
    write: Write

    def run(self, runtime: Runtime, row_id: uuid.UUID) -> None:
        """Make the file, or let it expire; returns at once when it is not due. Run twice, it makes one file."""
        # Nothing renews the lease until the first row comes.
        lease = limits.lease(writing.PATIENCE)
        with runtime.sessions.begin() as session:
            row = self.life.claim(session, row_id, lease)
            reach("file_claimed_uncommitted")
        if row is None:
            return
        reach("file_claimed")
        with leased.work(_log, self.kind, partial(self._put_off, runtime, row)):
            if row.status is self.life.done:
                self._expire(runtime, row)
            else:
                self._make(runtime, row)

    def _make(self, runtime: Runtime, row: Any) -> None:
        runtime.files.tidy()
        name = f"{row.id}.{row.format.value}"
        with runtime.files.draft(name) as draft:
            rows = self.write(runtime, row, draft, _Told(runtime, self.life, row))
            reach("file_written")
            with runtime.sessions.begin() as session:
                # Locks the row first: a worker that lost it meanwhile does not touch the file of its successor.
                self.life.finish(session, row, rows, name)
                runtime.files.keep(draft, name)
                reach("file_kept_uncommitted")

    def _expire(self, runtime: Runtime, row: Any) -> None:
        """Delete the file first: a row that still says it is there refuses it by its time anyway."""
        if row.file_name is not None:
            runtime.files.delete(row.file_name)
        with runtime.sessions.begin() as session:
            self.life.expire(session, row)

    def _put_off(self, runtime: Runtime, row: Any, error: Exception) -> None:
        """A refusal ends it; what is transient is tried again, and the rest a few times."""
        with runtime.sessions.begin() as session:
            if isinstance(error, DomainError) and row.status is not self.life.done:
                self.life.fail(session, row, error.message)
            elif failures.is_transient(error):
                self.life.again(session, row, failures.BUSY, attempts=MAX_ATTEMPTS)
            else:
                _log.error("The %s could not be made.", self.kind, exc_info=error)
                self.life.again(session, row, GIVEN_UP, attempts=_TRIES)


class _Told:
    """Says how far the file is, once a second, and thereby keeps the lease."""

    def __init__(self, runtime: Runtime, life: Life, row: Any) -> None:
        self._runtime, self._life, self._row = runtime, life, row
        self._began = self._last = time.monotonic()

    def __call__(self, rows: int) -> None:
        now = time.monotonic()
        if now - self._began > _LONGEST:
            raise DomainError("The file would take too long to make. Narrow the filter.", code="too_slow")
        if now - self._last >= _TOLD_EVERY:
            self._last = now
            with self._runtime.sessions.begin() as session:
                self._life.renew(session, self._row, rows, limits.lease(writing.PATIENCE))
