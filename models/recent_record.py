"""The records that a person opened last, so that the palette offers them again."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.permissions import Role
from models.base import Base, enum_column


class RecentRecord(Base):
    """One record that one person opened in one panel; `services.recents` keeps the newest ten."""

    __tablename__ = "recent_records"
    __table_args__ = (sa.PrimaryKeyConstraint("user_id", "panel", "noun", "record_id"),)

    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("users.id", ondelete="RESTRICT"))
    panel: Mapped[Role] = enum_column(Role)
    noun: Mapped[str] = mapped_column(sa.String(64))
    record_id: Mapped[uuid.UUID]
    opened_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
