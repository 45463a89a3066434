"""The life of an export in a worker: taken, asked whether it may still be made, counted, ended (JOB-2, JOB-3, J10)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.services import leases, requesters
from backoffice.services.exports.request import MAX_ROWS, OPEN
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from models import Export, User
from models.export import ExportStatus
from models.notification import NotificationType

#: How long a file can be fetched.
KEPT: Final = dt.timedelta(days=7)
#: How long it is told that there was one.
_REMEMBERED: Final = dt.timedelta(days=30)
_ACTING: Final = Acting.system("exports")
_DUE: Final = (*OPEN, ExportStatus.DONE)


def claim(session: Session, export_id: uuid.UUID, lease: dt.timedelta) -> Export | None:
    """Take the export when it is due and nobody has it; None otherwise. One that may not be made any more fails.

    One that is done is due when it expires.
    """
    found = leases.waiting(session, Export, export_id, Export.status.in_(_DUE))
    if found is None:
        return None
    export, moment = found
    leases.take(export, moment, lease)
    if export.status is ExportStatus.DONE:
        session.flush()
        return export
    export.rows = 0
    if export.status is ExportStatus.PENDING:
        move(session, export, ExportStatus.RUNNING, acting=_ACTING, values={"started_at": moment})
    why = requesters.refusal(session.get_one(User, export.user_id, populate_existing=True), export.panel)
    if why is None and export.attempts > leases.MAX_ATTEMPTS:
        why = leases.GIVEN_UP
    if why is not None:
        fail(session, export, why)
        return None
    session.flush()
    return export


def renew(session: Session, export: Export, rows: int, lease: dt.timedelta) -> None:
    """Tell how far it is, and keep it. Raises `LeaseLostError`."""
    row = leases.held(session, export)
    row.rows = rows
    leases.keep(session, row, lease)


def finish(session: Session, export: Export, rows: int, file_name: str) -> None:
    """The file is there: tell the person. Raises `LeaseLostError`."""
    row = leases.held(session, export)
    moment = session.scalars(sa.select(NOW)).one()
    leases.give_back(row, moment + KEPT)
    values = {
        "attempts": 0,
        "rows": rows,
        "file_name": file_name,
        "finished_at": moment,
        "expires_at": moment + KEPT,
        "last_error": None,
    }
    move(session, row, ExportStatus.DONE, acting=_ACTING, values=values)
    least = " These are the first rows of more: narrow the filter for the others." if rows == MAX_ROWS else ""
    notify(
        session,
        [row.user_id],
        event="export.finished",
        title=f"{row} is ready",
        message=f"Rows: {rows:,}. The file is under Exports until {moment + KEPT:%d %b %Y}.{least}",
        subject=(Export.__tablename__, row.id),
        severity=NotificationType.SUCCESS,
        dedup="done",
    )


def again(session: Session, export: Export, why: str, *, attempts: int) -> None:
    """Begin anew later; after so many `attempts` to make it, it has failed. Raises `LeaseLostError`."""
    row = leases.held(session, export)
    if row.attempts >= attempts and row.status is not ExportStatus.DONE:
        fail(session, row, why)
        return
    row.last_error = why
    leases.give_back(row, session.scalars(sa.select(NOW)).one() + leases.backoff(row.attempts))
    session.flush()


def fail(session: Session, export: Export, why: str) -> None:
    """End it without a file, and tell the person why. Raises `LeaseLostError`."""
    row = leases.held(session, export)
    moment = session.scalars(sa.select(NOW)).one()
    leases.give_back(row, moment)
    move(session, row, ExportStatus.FAILED, acting=_ACTING, values={"last_error": why, "finished_at": moment})
    notify(
        session,
        [row.user_id],
        event="export.finished",
        title=f"{row} failed",
        message=why,
        subject=(Export.__tablename__, row.id),
        severity=NotificationType.ERROR,
        dedup="failed",
    )


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of the exports that wait for a worker: to be made, or to expire."""
    return leases.due(session, Export, Export.status.in_(_DUE), limit=limit, again=again)


def expire(session: Session, export: Export) -> None:
    """Its file is gone. Raises `LeaseLostError`."""
    row = leases.held(session, export)
    leases.give_back(row, session.scalars(sa.select(NOW)).one())
    move(session, row, ExportStatus.EXPIRED, acting=_ACTING, values={"file_name": None})


def prune(session: Session) -> None:
    """Delete what has been over for long; the audit log still knows of it."""
    over = Export.status.in_((ExportStatus.EXPIRED, ExportStatus.FAILED))
    session.execute(
        sa.delete(Export)
        .where(Export.created_at < NOW - _REMEMBERED, over)
        .execution_options(synchronize_session=False)
    )
