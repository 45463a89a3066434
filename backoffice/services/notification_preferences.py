"""What a person wants to be told of; everybody decides for themselves, of what can be switched off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import ForbiddenError
from backoffice.services.guards import require_person
from backoffice.services.notification_events import NotificationEvent, for_role
from models.notification import NotificationChannel
from models.notification_preference import NotificationPreference


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One event and channel, and whether the person is told."""

    event: NotificationEvent
    channel: NotificationChannel
    enabled: bool

    @property
    def name(self) -> str:
        """What stands for this choice in a form."""
        return f"{self.event.key}:{self.channel.value}"


def choices(session: Session, acting: Acting) -> list[Choice]:
    """Every event of the person's role with its channels. Raises `ForbiddenError` for the system."""
    if acting.role is None:
        raise ForbiddenError("Only people are told of things.")
    rows = sa.select(NotificationPreference.event_key, NotificationPreference.channel).where(
        NotificationPreference.user_id == acting.user_id, NotificationPreference.enabled.is_(sa.false())
    )
    off = {(key, channel) for key, channel in session.execute(rows)}
    return [
        Choice(event=event, channel=channel, enabled=not event.optional or (event.key, channel) not in off)
        for event in for_role(acting.role)
        for channel in event.channels
    ]


def save(session: Session, *, wanted: Collection[str], acting: Acting) -> None:
    """Keep which choices (by name) are wanted; names of what cannot be switched off, or is not offered, say nothing."""
    person = require_person(acting)
    rows = [
        {
            "user_id": person,
            "event_key": choice.event.key,
            "channel": choice.channel,
            "enabled": choice.name in wanted,
        }
        for choice in choices(session, acting)
        if choice.event.optional
    ]
    if not rows:
        return
    statement = insert(NotificationPreference).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "event_key", "channel"], set_={"enabled": statement.excluded.enabled}
        )
    )


def unwanted(event: NotificationEvent, channel: Any, user_id: Any) -> sa.ColumnElement[bool]:
    """Whether the person of the column `user_id` has switched this off for the channel of the column `channel`."""
    return sa.exists().where(
        NotificationPreference.user_id == user_id,
        NotificationPreference.event_key == event.key,
        NotificationPreference.channel == channel,
        NotificationPreference.enabled.is_(sa.false()),
    )
