"""Telling a person in the back-office; the row is written with the change it tells of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.clock import now
from models.base import uuid7
from models.notification import Notification, NotificationChannel, NotificationStatus, NotificationType


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
    moment = now()
    rows = [
        {
            "id": uuid7(),
            "user_id": user,
            "title": title,
            "message": message,
            "type": severity,
            "channel": NotificationChannel.IN_APP,
            "status": NotificationStatus.DELIVERED,
            "event_key": event,
            "subject_type": subject[0],
            "subject_id": subject[1],
            "dedup_key": f"{event}:{subject[1]}:{user}:{dedup}" if dedup else None,
            "sent_at": moment,
        }
        for user in dict.fromkeys(users)
    ]
    if rows:
        session.execute(insert(Notification).on_conflict_do_nothing(), rows)
