"""Telling a person, in the back-office and by e-mail; the rows are written with the change that they tell of."""

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
    "user_id": sa.Uuid(),
    "title": sa.String(200),
    "message": sa.Text(),
    "subject_type": sa.String(40),
    "subject_id": sa.Uuid(),
    "dedup_key": sa.String(200),
}
_CHANNEL: Final = {"channel": sa.String(32), "status": sa.String(32)}
#: The page shows it by itself; everything else waits for somebody who delivers it.
_HERE: Final = (NotificationChannel.IN_APP,)


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
    """Write one notification a user and channel; `dedup` (per event) keeps a job that runs twice from telling twice."""
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
    """Write the notifications of one event with a message for each user, for all its channels in one statement.

    Who switched the event off for a channel is left out there, and so is a suspended vendor, which gets what it must be
    told and nothing else (VEN-1). An event that nobody declared is told to all of them: the change that it tells of,
    which may have moved money, must not fail for want of a label.
    """
    told = list(notes)
    if not told:
        return
    new = rows.table("new", _NOTE, (_row(note, _dedup_key(event, note, dedup)) for note in told))
    _write(session, new, event=event, severity=severity, dedup=dedup)


def send_all(session: Session, told: sa.Subquery, *, event: str, severity: NotificationType) -> None:
    """`send` to people whom the database knows: each row of `told` is a note with its subject."""
    _write(session, told, event=event, severity=severity, dedup=None)


def _write(
    session: Session, notes: sa.FromClause, *, event: str, severity: NotificationType, dedup: str | None
) -> None:
    kind = EVENTS.get(event)
    channels = rows.table("channels", _CHANNEL, (_by(channel) for channel in (kind.channels if kind else _HERE)))
    new, by = notes.c, channels.c
    written: dict[str, sa.ColumnElement[Any]] = {
        "id": sa.func.uuid7(),
        **{column.key: column for column in new if column.key != "dedup_key"},
        "type": sa.literal(severity.value),
        "event_key": sa.literal(event),
        "channel": by.channel,
        "status": by.status,
        "sent_at": sa.case((by.channel == NotificationChannel.IN_APP.value, NOW)),
    }
    if dedup:
        # What was told in the back-office before there were other channels is not told there again.
        suffix = sa.case((by.channel != NotificationChannel.IN_APP.value, sa.literal(":") + by.channel), else_="")
        written["dedup_key"] = new.dedup_key + suffix
    each = sa.join(notes, channels, sa.true())
    chosen = sa.select(*(value.label(name) for name, value in written.items())).select_from(each)
    if kind is not None and kind.optional:
        suspended = (User.role == Role.VENDOR, User.status == UserStatus.SUSPENDED)
        shut_out = sa.exists().where(User.id == new.user_id, *suspended)
        chosen = chosen.where(~shut_out, sa.not_(unwanted(kind, by.channel, new.user_id)))
    statement = insert(Notification).from_select([*written], chosen, include_defaults=False)
    session.execute(statement.on_conflict_do_nothing() if dedup else statement)


def mark_read(session: Session, notification_id: uuid.UUID, acting: Acting) -> None:
    """Remember when the person who was told first looked at it."""
    session.execute(
        sa.update(Notification)
        .where(
            Notification.id == notification_id,
            Notification.shown_to(acting.user_id),
            Notification.read_at.is_(None),
        )
        .values(read_at=NOW)
        .execution_options(synchronize_session=False)
    )


def mark_all_read(session: Session, acting: Acting) -> None:
    """Remember that the person has seen everything that was told until now."""
    session.execute(
        sa.update(Notification)
        .where(Notification.shown_to(acting.user_id), Notification.read_at.is_(None))
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
    mine = (Notification.shown_to(acting.user_id), Notification.read_at.is_(None))
    some = sa.select(sa.literal_column("1")).select_from(Notification).where(*mine).limit(COUNTED + 1).subquery()
    count = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    found = session.execute(
        sa.select(Notification, count)
        .where(*mine)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(newest)
    ).all()
    return Unread(count=found[0][1] if found else 0, newest=[one for one, _ in found])


def _by(channel: NotificationChannel) -> dict[str, str]:
    born = NotificationStatus.DELIVERED if channel in _HERE else NotificationStatus.PENDING
    return {"channel": channel.value, "status": born.value}


def _row(note: Note, dedup_key: str | None) -> dict[str, Any]:
    return {
        "user_id": note.user_id,
        "title": note.title,
        "message": note.message,
        "subject_type": note.subject[0],
        "subject_id": note.subject[1],
        "dedup_key": dedup_key,
    }


def _dedup_key(event: str, note: Note, dedup: str | None) -> str | None:
    return f"{event}:{note.subject[1]}:{note.user_id}:{dedup}" if dedup else None
