"""What each person wants to be told of, and how."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, enum_column, foreign_key
from models.notification import NotificationChannel


class NotificationPreference(Base):
    """A person's word about one event and channel; where there is none, the person is told."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False, primary_key=True)
    #: A key of `services.notification_events`.
    event_key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    channel: Mapped[NotificationChannel] = enum_column(NotificationChannel, primary_key=True)
    enabled: Mapped[bool]
