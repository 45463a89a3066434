"""What users did, kept for thirteen months, partitioned by month."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import PII, UUID_DEFAULT, Base, foreign_key, uuid7
from models.user import User


class AnalyticsEvent(Base):
    """ERD `ANALYTICS_EVENTS`. The partition key must be in the primary key (data model C4.50)."""

    __tablename__ = "analytics_events"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", "created_at"),
        sa.Index("ix_analytics_events_created_at_id", "created_at", "id"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[uuid.UUID] = mapped_column(default=uuid7, server_default=UUID_DEFAULT)
    user_id: Mapped[uuid.UUID | None] = foreign_key("users.id")
    event_type: Mapped[str] = mapped_column(sa.String(40))
    event_name: Mapped[str] = mapped_column(sa.String(80))
    properties: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    session_id: Mapped[str | None] = mapped_column(sa.String(64), info=PII)
    #: Truncated to the network (/24 or /48) before it is stored (data model C6.71).
    ip_address: Mapped[str | None] = mapped_column(INET, info=PII)
    user_agent: Mapped[str | None] = mapped_column(sa.String(300), info=PII)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())

    user: Mapped[User | None] = relationship(lazy="raise")
