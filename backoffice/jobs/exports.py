"""Makes the file of an export: write, then in one transaction put it in its place and say so; deletes it a week later.

What is compiled where, and why, is in decision 0006.
"""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial
from typing import Final

from backoffice.errors import DomainError
from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services.exports import carry_out, writing
from backoffice.services.leases import GIVEN_UP, MAX_ATTEMPTS
from models import Export
from models.export import ExportStatus

_log = logging.getLogger(__name__)

#: Seconds between two times that it is told how far the file is.
_TOLD_EVERY: Final = 1.0
#: Seconds that a file may take altogether, within what RQ allows a job.
_LONGEST: Final = 180.0
#: What goes wrong for no known reason is tried so often.
_TRIES: Final = 3


def run(runtime: Runtime, export_id: uuid.UUID) -> None:
    """Make the file, or let it expire; returns at once when it is not due. Run twice, it makes one file."""
    # Nothing renews the lease until the first row comes.
    lease = limits.lease(writing.PATIENCE)
    with runtime.sessions.begin() as session:
        export = carry_out.claim(session, export_id, lease)
        reach("export_claimed_uncommitted")
    if export is None:
        return
    reach("export_claimed")
    with leased.work(_log, "export", partial(_put_off, runtime, export)):
        if export.status is ExportStatus.DONE:
            _expire(runtime, export)
        else:
            _make(runtime, export)


def _make(runtime: Runtime, export: Export) -> None:
    runtime.files.tidy()
    name = f"{export.id}.{export.format.value}"
    with runtime.files.draft(name) as draft:
        told = _Told(runtime, export)
        rows = writing.write(runtime.engine, export.statement, export.format, export.heads, draft, told)
        reach("export_written")
        with runtime.sessions.begin() as session:
            # Locks the row first: a worker that lost it meanwhile does not touch the file of its successor.
            carry_out.finish(session, export, rows, name)
            runtime.files.keep(draft, name)
            reach("export_kept_uncommitted")


def _expire(runtime: Runtime, export: Export) -> None:
    """Delete the file first: a row that still says it is there refuses it by its time anyway."""
    if export.file_name is not None:
        runtime.files.delete(export.file_name)
    with runtime.sessions.begin() as session:
        carry_out.expire(session, export)


class _Told:
    """Says how far the file is, once a second, and thereby keeps the lease."""

    def __init__(self, runtime: Runtime, export: Export) -> None:
        self._runtime, self._export = runtime, export
        self._began = self._last = time.monotonic()

    def __call__(self, rows: int) -> None:
        now = time.monotonic()
        if now - self._began > _LONGEST:
            raise DomainError("The file would take too long to make. Narrow the filter.", code="too_slow")
        if now - self._last >= _TOLD_EVERY:
            self._last = now
            with self._runtime.sessions.begin() as session:
                carry_out.renew(session, self._export, rows, limits.lease(writing.PATIENCE))


def _put_off(runtime: Runtime, export: Export, error: Exception) -> None:
    """A refusal ends it; what is transient is tried again, and the rest a few times."""
    with runtime.sessions.begin() as session:
        if isinstance(error, DomainError) and export.status is not ExportStatus.DONE:
            carry_out.fail(session, export, error.message)
        elif failures.is_transient(error):
            carry_out.again(session, export, failures.BUSY, attempts=MAX_ATTEMPTS)
        else:
            _log.error("The export could not be made.", exc_info=error)
            carry_out.again(session, export, GIVEN_UP, attempts=_TRIES)
