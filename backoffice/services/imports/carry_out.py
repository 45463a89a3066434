"""The life of an import in a worker: taken, asked whether it may still be done, counted, ended (JOB-2, JOB-3, J10)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.permissions import Permission
from backoffice.services import leases, requesters
from backoffice.services.imports.request import OPEN, UNDOABLE, counts, delete
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from models import Import, ImportRow, User
from models.imports import ImportStatus, RowResult, Verdict
from models.notification import NotificationType

#: How long it is told what came of an import, and how long a draft is kept.
_REMEMBERED: Final = dt.timedelta(days=30)
_DRAFTS: Final = dt.timedelta(days=7)
_ACTING: Final = Acting.system("imports")


def claim(session: Session, import_id: uuid.UUID, lease: dt.timedelta) -> tuple[Import, Acting] | None:
    """Take the import when it is due and nobody has it; None otherwise. One that may not be done any more fails."""
    found = leases.waiting(session, Import, import_id, Import.status.in_(OPEN))
    if found is None:
        return None
    batch, moment = found
    leases.take(batch, moment, lease)
    if batch.status is ImportStatus.PENDING:
        move(session, batch, ImportStatus.RUNNING, acting=_ACTING)
    acting, why = _maker(session, batch)
    if why is None and batch.attempts > leases.MAX_ATTEMPTS:
        why = leases.GIVEN_UP
    if why is not None:
        fail(session, batch, why)
        return None
    session.flush()
    return batch, acting


def _maker(session: Session, batch: Import) -> tuple[Acting, str | None]:
    """The person with the role of now, and why they may not do this any more; None when they may (JOB-3)."""
    user = session.get_one(User, batch.user_id, populate_existing=True)
    undoing = "-undo" if batch.status is ImportStatus.UNDOING else ""
    acting = Acting(user_id=user.id, role=user.role, name=user.name, request_id=f"import-{batch.id}{undoing}")
    why = requesters.refusal(user, batch.panel)
    if why is None and not acting.may(Permission(batch.permission)):
        why = requesters.CHANGED
    return acting, why


def left(session: Session, batch: Import, limit: int | None) -> list[ImportRow]:
    """The next rows to be written, or in reverse order to be undone."""
    own = sa.select(ImportRow).where(ImportRow.import_id == batch.id)
    if batch.status is ImportStatus.UNDOING:
        statement = own.where(ImportRow.result == RowResult.WRITTEN).order_by(ImportRow.position.desc())
    else:
        waiting = ImportRow.verdict.in_((Verdict.NEW, Verdict.CHANGED)), ImportRow.result.is_(None)
        statement = own.where(*waiting).order_by(ImportRow.position)
    return list(session.scalars(statement.limit(limit)))


def renew(session: Session, batch: Import, done: int, lease: dt.timedelta) -> Import:
    """Tell how far it is, and keep it, locked until the commit. Raises `LeaseLostError`."""
    row = leases.held(session, batch)
    row.done = min(done, row.rows)
    leases.keep(session, row, lease)
    return row


def finish(session: Session, batch: Import) -> None:
    """All rows have been come past: tell the person. Raises `LeaseLostError`."""
    row = leases.held(session, batch)
    moment = session.scalars(sa.select(NOW)).one()
    leases.give_back(row, moment)
    undone = row.status is ImportStatus.UNDOING
    verdicts, results = counts(session, row)
    values = {"attempts": 0, "done": row.rows, "last_error": None}
    if undone:
        message = f"{results.get(RowResult.UNDONE, 0):,} put back, {results.get(RowResult.KEPT, 0):,} not."
        move(session, row, ImportStatus.UNDONE, acting=_ACTING, values=values)
    else:
        out = results.get(RowResult.REFUSED, 0) + verdicts.get(Verdict.BAD, 0)
        message = f"{results.get(RowResult.WRITTEN, 0):,} written, {out:,} left out."
        times = {"finished_at": moment, "undo_until": moment + UNDOABLE}
        move(session, row, ImportStatus.DONE, acting=_ACTING, values={**values, **times})
    title = f"{row} was undone" if undone else f"{row} is done"
    _tell(session, row, title, message, NotificationType.SUCCESS)


def again(session: Session, batch: Import, why: str, *, attempts: int) -> None:
    """Go on later; after so many `attempts` without an end, it has failed. Raises `LeaseLostError`."""
    row = leases.held(session, batch)
    if row.attempts >= attempts:
        fail(session, row, why)
        return
    row.last_error = why
    leases.give_back(row, session.scalars(sa.select(NOW)).one() + leases.backoff(row.attempts))
    session.flush()


def fail(session: Session, batch: Import, why: str) -> None:
    """End it, and tell the person why; what could not be undone may be once more. Raises `LeaseLostError`."""
    row = leases.held(session, batch)
    undoing = row.status is ImportStatus.UNDOING
    leases.give_back(row, session.scalars(sa.select(NOW)).one())
    to = ImportStatus.DONE if undoing or _has_written(session, row) else ImportStatus.FAILED
    values: dict[str, object] = {"last_error": why}
    if to is ImportStatus.DONE and not undoing:
        # Rows that are written stay written, so they can be undone.
        moment = session.scalars(sa.select(NOW)).one()
        values |= {"finished_at": moment, "undo_until": moment + UNDOABLE}
    move(session, row, to, acting=_ACTING, values=values)
    title = f"Undoing your {str(row)[:1].lower()}{str(row)[1:]} failed" if undoing else f"{row} failed"
    _tell(session, row, title, why, NotificationType.ERROR)


def refused(session: Session, batch: Import, position: int, why: str) -> None:
    """All or none were wanted, and this row was refused: nothing is written. Raises `LeaseLostError`."""
    row = leases.held(session, batch)
    line = session.get_one(ImportRow, (row.id, position))
    line.result, line.reason = RowResult.REFUSED, why
    fail(session, row, f"Nothing was written, because line {position} was refused: {why}")


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of the imports that wait for a worker."""
    return leases.due(session, Import, Import.status.in_(OPEN), limit=limit, again=again)


def prune(session: Session) -> None:
    """Delete drafts that nobody started, and what is known of those that were over long ago; the audit log stays."""
    over = (ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.UNDONE)
    delete(session, Import.status == ImportStatus.DRAFT, Import.created_at < NOW - _DRAFTS)
    delete(session, Import.status.in_(over), Import.created_at < NOW - _REMEMBERED)


def _has_written(session: Session, row: Import) -> bool:
    written = sa.select(ImportRow.position).where(ImportRow.import_id == row.id, ImportRow.result == RowResult.WRITTEN)
    return session.scalar(written.limit(1)) is not None


def _tell(session: Session, row: Import, title: str, message: str, severity: NotificationType) -> None:
    notify(
        session,
        [row.user_id],
        event="import.finished",
        title=title,
        message=message,
        subject=(Import.__tablename__, row.id),
        severity=severity,
        dedup=f"{row.status.value}-{row.attempts}",
    )
