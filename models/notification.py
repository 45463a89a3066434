"""Messages to users, one row a channel."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Base, HasId, check, enum_column, foreign_key
from models.user import User


class NotificationType(LabelledEnum):
    """Severity (data model C6.67)."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    SUCCESS = "success"

    @property
    def tone(self) -> Tone:
        """The colour family of the severity."""
        return Tone.DANGER if self is NotificationType.ERROR else Tone(self.value)


class NotificationChannel(LabelledEnum):
    """How it reaches the person."""

    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push"
    IN_APP = "in_app", "In the back-office"


class NotificationStatus(Status):
    """Delivery (B12); reading is `read_at`."""

    PENDING = "pending", "Pending", Tone.WARNING, {"sent": "S", "failed": "SP", "delivered": "S"}
    SENT = "sent", "Sent", Tone.INFO, {"delivered": "P", "failed": "P"}
    DELIVERED = "delivered", "Delivered", Tone.SUCCESS
    FAILED = "failed", "Failed", Tone.DANGER, {"pending": "S"}


class Notification(HasId, Base):
    """ERD `NOTIFICATIONS`. `dedup_key` makes a job that runs twice tell a person once."""

    __tablename__ = "notifications"
    __table_args__ = (
        sa.UniqueConstraint("dedup_key"),
        check("sent_has_time", "status NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL"),
        sa.Index("ix_notifications_created_at_id", "created_at", "id"),
        sa.Index("ix_notifications_user_id_status", "user_id", "status"),
        sa.Index("ix_notifications_unread", "user_id", "created_at", postgresql_where=sa.text("read_at IS NULL")),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    title: Mapped[str] = mapped_column(sa.String(200), info=PII)
    message: Mapped[str] = mapped_column(info=PII)
    type: Mapped[NotificationType] = enum_column(NotificationType, default=NotificationType.INFO)
    channel: Mapped[NotificationChannel] = enum_column(NotificationChannel, default=NotificationChannel.IN_APP)
    status: Mapped[NotificationStatus] = enum_column(NotificationStatus, default=NotificationStatus.PENDING)
    extra: Mapped[dict[str, Any] | None] = mapped_column("metadata", info=PII)
    event_key: Mapped[str] = mapped_column(sa.String(80))
    #: What it is about, such as `payout` and its id.
    subject_type: Mapped[str | None] = mapped_column(sa.String(40))
    subject_id: Mapped[uuid.UUID | None]
    dedup_key: Mapped[str | None] = mapped_column(sa.String(200))
    sent_at: Mapped[dt.datetime | None]
    read_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.title
