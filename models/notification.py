"""Messages to users, one row a channel."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Base, HasId, HasVersion, check, enum_column, foreign_key
from models.operation import Leased
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
    FAILED = "failed", "Failed", Tone.DANGER, {"pending": "AS"}


class Notification(HasId, HasVersion, Leased, Base):
    """ERD `NOTIFICATIONS`. `dedup_key` makes a job that runs twice tell a person once."""

    __tablename__ = "notifications"
    __table_args__ = (
        sa.UniqueConstraint("dedup_key"),
        check("failed_has_reason", "status <> 'failed' OR last_error IS NOT NULL"),
        check("sent_has_time", "status NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL"),
        sa.Index("ix_notifications_created_at_id", "created_at", "id"),
        sa.Index("ix_notifications_user_id_status", "user_id", "status"),
        sa.Index(
            "ix_notifications_unread",
            "user_id",
            "created_at",
            postgresql_where=sa.text("read_at IS NULL AND channel = 'in_app'"),
        ),
        sa.Index("ix_notifications_mails", "created_at", "id", postgresql_where=sa.text("channel = 'email'")),
        sa.Index(
            "ix_notifications_mails_status",
            "status",
            "created_at",
            "id",
            postgresql_where=sa.text("channel = 'email'"),
        ),
        sa.Index(
            "ix_notifications_due",
            "run_after",
            postgresql_where=sa.text("channel = 'email' AND status = 'pending'"),
        ),
    )
    __mapper_args__ = {"polymorphic_on": "channel", "polymorphic_identity": NotificationChannel.IN_APP}  # noqa: RUF012 - as below

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

    @classmethod
    def shown_to(cls, user_id: Any) -> sa.ColumnElement[bool]:
        """What this person is told in the back-office; rows of other channels are for those who deliver them."""
        return sa.and_(cls.user_id == user_id, cls.channel == NotificationChannel.IN_APP)


class Mail(Notification):
    """A notification by e-mail, which a worker takes and sends; the lease of every other row means nothing."""

    __mapper_args__ = {"polymorphic_identity": NotificationChannel.EMAIL}  # noqa: RUF012 - SQLAlchemy reads it
