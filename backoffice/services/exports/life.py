"""The life of a file in a worker: taken, asked whether it may still be made, counted, ended, expired (JOB-2, J10).

Exports and reports are two tables of such files; what differs is data of `Life`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Status
from backoffice.services import leases
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from models import User
from models.notification import NotificationType

#: How long a file can be fetched.
KEPT: Final = dt.timedelta(days=7)
#: Rows of a file at most.
MAX_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One table whose rows are files: Leased, of a `user_id`, with `rows`, `file_name` and `expires_at`."""

    entity: type[Any]
    name: str
    event: str
    #: The page on which a person finds the own ones.
    page: str
    #: The statuses in which the file is still to be made; the first becomes `running` when a worker takes it.
    open: tuple[Status, ...]
    running: Status
    done: Status
    failed: Status
    expired: Status
    #: How long the row is remembered when its file is gone; the audit log still knows of it.
    remembered: dt.timedelta
    #: Attributes with the time at which a worker first took it, at which the file was whole, and at which it failed.
    started: str | None
    finished: str
    ended: str | None
    #: Why the person may not have it any more; None when they may (JOB-3).
    refusal: Callable[[User, Any], str | None]
    #: What else is written when the file is whole.
    besides: Callable[[Any], Mapping[str, Any]]
    #: Whether nobody waits for it at the page, so that it is told of by mail as well.
    by_schedule: Callable[[Any], bool] = lambda _row: False

    @property
    def acting(self) -> Acting:
        """Who moves these rows."""
        return Acting.system(self.name)

    def claim(self, session: Session, row_id: uuid.UUID, lease: dt.timedelta) -> Any:
        """Take the row when it is due and nobody has it; None otherwise. One that may not be made any more fails.

        One that is done is due when it expires.
        """
        found = leases.waiting(session, self.entity, row_id, self._due)
        if found is None:
            return None
        row, moment = found
        leases.take(row, moment, lease)
        if row.status is self.done:
            session.flush()
            return row
        row.rows = 0
        if row.status is not self.running:
            values = {} if self.started is None else {self.started: moment}
            move(session, row, self.running, acting=self.acting, values=values)
        why = self.refusal(session.get_one(User, row.user_id, populate_existing=True), row)
        if why is None and row.attempts > leases.MAX_ATTEMPTS:
            why = leases.GIVEN_UP
        if why is not None:
            self.fail(session, row, why)
            return None
        session.flush()
        return row

    def renew(self, session: Session, row: Any, rows: int, lease: dt.timedelta) -> None:
        """Tell how far it is, and keep it. Raises `LeaseLostError`."""
        kept = leases.held(session, row)
        kept.rows = rows
        leases.keep(session, kept, lease)

    def finish(self, session: Session, row: Any, rows: int, file_name: str) -> None:
        """The file is there: tell the person. Raises `LeaseLostError`."""
        kept = leases.held(session, row)
        moment = session.scalars(sa.select(NOW)).one()
        leases.give_back(kept, moment + KEPT)
        values = {
            "attempts": 0,
            "rows": rows,
            "file_name": file_name,
            self.finished: moment,
            "expires_at": moment + KEPT,
            "last_error": None,
            **self.besides(kept),
        }
        move(session, kept, self.done, acting=self.acting, values=values)
        least = " These are the first rows of more: narrow the filter for the others." if rows == MAX_ROWS else ""
        message = f"Rows: {rows:,}. The file is under {self.page} until {moment + KEPT:%d %b %Y}.{least}"
        self._tell(session, kept, f"{kept} is ready", message, NotificationType.SUCCESS, "done")

    def again(self, session: Session, row: Any, why: str, *, attempts: int) -> None:
        """Begin anew later; after so many `attempts` to make it, it has failed. Raises `LeaseLostError`."""
        kept = leases.held(session, row)
        if kept.attempts >= attempts and kept.status is not self.done:
            self.fail(session, kept, why)
            return
        kept.last_error = why
        leases.give_back(kept, session.scalars(sa.select(NOW)).one() + leases.backoff(kept.attempts))
        session.flush()

    def fail(self, session: Session, row: Any, why: str) -> None:
        """End it without a file, and tell the person why. Raises `LeaseLostError`."""
        kept = leases.held(session, row)
        moment = session.scalars(sa.select(NOW)).one()
        leases.give_back(kept, moment)
        values = {"last_error": why} if self.ended is None else {"last_error": why, self.ended: moment}
        move(session, kept, self.failed, acting=self.acting, values=values)
        self._tell(session, kept, f"{kept} failed", why, NotificationType.ERROR)

    def due(self, session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
        """Queue and id of the files that wait for a worker: to be made, or to expire."""
        return leases.due(session, self.entity, self._due, limit=limit, again=again)

    def expire(self, session: Session, row: Any) -> None:
        """Its file is gone. Raises `LeaseLostError`."""
        kept = leases.held(session, row)
        leases.give_back(kept, session.scalars(sa.select(NOW)).one())
        move(session, kept, self.expired, acting=self.acting, values={"file_name": None})

    def prune(self, session: Session) -> None:
        """Delete what has been over for long."""
        entity = self.entity
        over = entity.status.in_((self.expired, self.failed))
        statement = sa.delete(entity).where(entity.created_at < NOW - self.remembered, over)
        session.execute(statement.execution_options(synchronize_session=False))

    @property
    def _due(self) -> sa.ColumnElement[bool]:
        statuses: sa.ColumnElement[bool] = self.entity.status.in_((*self.open, self.done))
        return statuses

    def _tell(
        self, session: Session, row: Any, title: str, message: str, severity: NotificationType, dedup: str | None = None
    ) -> None:
        notify(
            session,
            [row.user_id],
            event="report.scheduled" if self.by_schedule(row) else self.event,
            title=title,
            message=message,
            subject=(self.entity.__tablename__, row.id),
            severity=severity,
            dedup=dedup,
        )
