"""Telling a person in the back-office; the row is written with the change it tells of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.permissions import Role
from backoffice.services import rows
from backoffice.services.notification_events import EVENTS
from backoffice.services.notification_preferences import unwanted
from models.base import uuid7
from models.notification import Notification, NotificationChannel, NotificationStatus, NotificationType
from models.user import User, UserStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one user is told; `subject` is the table and id of what it is about."""

    user_id: uuid.UUID
    title: str
    message: str
    subject: tuple[str, uuid.UUID]


#: Unread notifications are counted no further.
COUNTED: Final = 99
_NOTE: Final = {
    "id": sa.Uuid(),
    "user_id": sa.Uuid(),
    "title": sa.String(200),
    "message": sa.Text(),
    "subject_type": sa.String(40),
    "subject_id": sa.Uuid(),
    "dedup_key": sa.String(200),
}


def notify(
    session: Session,
    users: Iterable[uuid.UUID],
    *,
    event: str,
    title: str,
    message: str,
    subject: tuple[str, uuid.UUID],
    severity: NotificationType = NotificationType.INFO,
    dedup: str | None = None,
) -> None:
    """Write one in-app notification a user; `dedup` (per event) keeps a job that runs twice from telling twice."""
    notes = [Note(user_id=user, title=title, message=message, subject=subject) for user in dict.fromkeys(users)]
    send(session, notes, event=event, severity=severity, dedup=dedup)


def send(
    session: Session,
    notes: Iterable[Note],
    *,
    event: str,
    severity: NotificationType = NotificationType.INFO,
    dedup: str | None = None,
) -> None:
    """Write in-app notifications of one event with a message for each user, in one statement.

    Who switched the event off is left out, and so is a suspended vendor, which gets what it must be told and nothing
    else (VEN-1). An event that nobody declared is told to all of them: the change that it tells of, which
    may have moved money, must not fail for want of a label.
    """
    told = list(notes)
    if not told:
        return
    new = rows.table("new", _NOTE, (_row(note, _dedup_key(event, note, dedup)) for note in told))
    _write(session, new.c, event=event, severity=severity, dedup=dedup)


def send_all(session: Session, told: sa.Subquery, *, event: str, severity: NotificationType) -> None:
    """`send` to people whom the database knows: each row of `told` is a note with its subject."""
    columns = sa.select(sa.func.uuid7().label("id"), *told.c).subquery("new").c
    _write(session, columns, event=event, severity=severity, dedup=None)


def _write(session: Session, new: Any, *, event: str, severity: NotificationType, dedup: str | None) -> None:
    kind = EVENTS.get(event)
    same: dict[str, sa.ColumnElement[Any]] = {
        "type": sa.literal(severity.value),
        "channel": sa.literal(NotificationChannel.IN_APP.value),
        "status": sa.literal(NotificationStatus.DELIVERED.value),
        "event_key": sa.literal(event),
        "sent_at": NOW,
    }
    chosen = sa.select(*new, *(value.label(name) for name, value in same.items()))
    if kind is not None and kind.optional:
        suspended = (User.role == Role.VENDOR, User.status == UserStatus.SUSPENDED)
        shut_out = sa.exists().where(User.id == new.user_id, *suspended)
        chosen = chosen.where(~shut_out, sa.not_(unwanted(kind, NotificationChannel.IN_APP, new.user_id)))
    statement = insert(Notification).from_select([*new.keys(), *same], chosen, include_defaults=False)
    session.execute(statement.on_conflict_do_nothing() if dedup else statement)


def mark_read(session: Session, notification_id: uuid.UUID, acting: Acting) -> None:
    """Remember when the person who was told first looked at it."""
    session.execute(
        sa.update(Notification)
        .where(
            Notification.id == notification_id, Notification.user_id == acting.user_id, Notification.read_at.is_(None)
        )
        .values(read_at=NOW)
        .execution_options(synchronize_session=False)
    )


def mark_all_read(session: Session, acting: Acting) -> None:
    """Remember that the person has seen everything that was told until now."""
    session.execute(
        sa.update(Notification)
        .where(Notification.user_id == acting.user_id, Notification.read_at.is_(None))
        .values(read_at=NOW)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What a person has not looked at: how many (counted no further than `COUNTED`), and the newest of them."""

    count: int
    newest: Sequence[Notification]

    @property
    def state(self) -> str:
        """A text that changes whenever this does."""
        return f"{self.count}.{self.newest[0].id if self.newest else ''}"


def unread(session: Session, acting: Acting, *, newest: int) -> Unread:
    """What the person has not looked at, in one statement."""
    mine = (Notification.user_id == acting.user_id, Notification.read_at.is_(None))
    some = sa.select(sa.literal_column("1")).select_from(Notification).where(*mine).limit(COUNTED + 1).subquery()
    count = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    found = session.execute(
        sa.select(Notification, count)
        .where(*mine)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(newest)
    ).all()
    return Unread(count=found[0][1] if found else 0, newest=[one for one, _ in found])


def _row(note: Note, dedup_key: str | None) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "user_id": note.user_id,
        "title": note.title,
        "message": note.message,
        "subject_type": note.subject[0],
        "subject_id": note.subject[1],
        "dedup_key": dedup_key,
    }


def _dedup_key(event: str, note: Note, dedup: str | None) -> str | None:
    return f"{event}:{note.subject[1]}:{note.user_id}:{dedup}" if dedup else None
