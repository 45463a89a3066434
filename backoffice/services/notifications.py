"""Telling a person in the back-office; the row is written with the change it tells of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.clock import now
from models.base import uuid7
from models.notification import Notification, NotificationChannel, NotificationStatus, NotificationType


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one user is told; `subject` is the table and id of what it is about."""

    user_id: uuid.UUID
    title: str
    message: str
    subject: tuple[str, uuid.UUID]


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
    """Write in-app notifications of one event with a message for each user, in one statement."""
    moment = now()
    rows = [
        {
            "id": uuid7(),
            "user_id": note.user_id,
            "title": note.title,
            "message": note.message,
            "type": severity,
            "channel": NotificationChannel.IN_APP,
            "status": NotificationStatus.DELIVERED,
            "event_key": event,
            "subject_type": note.subject[0],
            "subject_id": note.subject[1],
            "dedup_key": f"{event}:{note.subject[1]}:{note.user_id}:{dedup}" if dedup else None,
            "sent_at": moment,
        }
        for note in notes
    ]
    if rows:
        # RETURNING makes SQLAlchemy send a thousand rows a statement instead of one.
        session.execute(insert(Notification).on_conflict_do_nothing().returning(Notification.id), rows)
