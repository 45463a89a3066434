"""Writes what the preview of an import says, and undoes it when asked; what is judged where is in decision 0007.

"Leave out the bad rows" and undoing go part by part, each a transaction of its own. "All or none" is one transaction.
"""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial
from typing import Final

from backoffice.acting import Acting
from backoffice.database import act_as
from backoffice.errors import DomainError
from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services.imports import carry_out, writing
from backoffice.services.imports.values import model_of
from backoffice.services.leases import GIVEN_UP, MAX_ATTEMPTS
from models import Import
from models.imports import ImportMode, ImportStatus, RowResult

_log = logging.getLogger(__name__)

#: Rows of a part.
PART: Final = 50
#: Seconds between two times that it is told how far all or none are.
_TOLD_EVERY: Final = 1.0
#: What goes wrong for no known reason is tried so often.
_TRIES: Final = 3


class RefusedError(DomainError):
    """A row was refused, and all or none were wanted."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position = position


def run(runtime: Runtime, import_id: uuid.UUID) -> None:
    """Write or undo; returns at once when it is not due. Run twice, it does each row once."""
    with runtime.sessions.begin() as session:
        found = carry_out.claim(session, import_id, limits.lease())
        reach("import_claimed_uncommitted")
    if found is None:
        return
    reach("import_claimed")
    batch, acting = found
    with leased.work(_log, "import", partial(_put_off, runtime, batch)):
        if batch.mode is ImportMode.ALL and batch.status is not ImportStatus.UNDOING:
            _all_or_none(runtime, batch, acting)
        else:
            done = 0
            while not _part(runtime, batch, acting, done):
                done += PART
                reach("import_part_done")


def _part(runtime: Runtime, batch: Import, acting: Acting, done: int) -> bool:
    """Do the next rows; whether they were the last. The lock of the import keeps them from every other worker."""
    model = model_of(batch.entity)
    with runtime.sessions.begin() as session:
        act_as(session, acting)
        row = carry_out.renew(session, batch, done, limits.lease())
        lines = carry_out.left(session, row, PART)
        for line in lines:
            if row.status is ImportStatus.UNDOING:
                writing.undo(session, model, line, acting)
            else:
                writing.write(session, model, line, row, acting)
        if last := len(lines) < PART:
            carry_out.finish(session, row)
        reach("import_part_uncommitted")
    return last


def _all_or_none(runtime: Runtime, batch: Import, acting: Acting) -> None:
    """Everything in one transaction, which ends with the first row that is refused."""
    model, told = model_of(batch.entity), _Told(runtime, batch)
    with runtime.sessions.begin() as session:
        act_as(session, acting)
        for done, line in enumerate(carry_out.left(session, batch, None)):
            writing.write(session, model, line, batch, acting)
            if line.result is RowResult.REFUSED:
                raise RefusedError(line.position, line.reason or "")
            told(done)
        # Locks the import: a worker that lost it meanwhile writes nothing.
        carry_out.finish(session, batch)
        reach("import_all_uncommitted")


class _Told:
    """Says how far it is, once a second, and thereby keeps the lease."""

    def __init__(self, runtime: Runtime, batch: Import) -> None:
        self._runtime, self._batch = runtime, batch
        self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last >= _TOLD_EVERY:
            self._last = now
            with self._runtime.sessions.begin() as session:
                carry_out.renew(session, self._batch, done, limits.lease())


def _put_off(runtime: Runtime, batch: Import, error: Exception) -> None:
    """A refused row ends all or none; what is transient is tried again, and the rest a few times."""
    with runtime.sessions.begin() as session:
        if isinstance(error, RefusedError):
            carry_out.refused(session, batch, error.position, error.message)
        elif failures.is_transient(error):
            carry_out.again(session, batch, failures.BUSY, attempts=MAX_ATTEMPTS)
        else:
            _log.error("The import could not be carried out.", exc_info=error)
            carry_out.again(session, batch, GIVEN_UP, attempts=_TRIES)
