"""How soon disputes are answered and decided, and in which hours anybody works on them (DSP-6)."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, HasVersion, check, enum_column, foreign_key
from models.dispute import DisputePriority, DisputeType
from models.schemas import HOLIDAYS, HOURS, written_as


class BusinessCalendar(HasId, HasVersion, Base):
    """Hours of each weekday in one time zone, and the days on which nobody works."""

    __tablename__ = "business_calendars"
    __table_args__ = (
        sa.UniqueConstraint("name"),
        check("name_not_empty", "btrim(name) <> ''"),
        check("hours_given", "hours <> '{}'::jsonb"),
        sa.Index("ix_business_calendars_created_at_id", "created_at", "id"),
    )

    name: Mapped[str] = mapped_column(sa.String(80))
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    hours: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True), info=written_as(HOURS))
    holidays: Mapped[list[Any]] = mapped_column(
        JSONB(none_as_null=True), info=written_as(HOLIDAYS), server_default=sa.text("'[]'"), default=list
    )

    def __str__(self) -> str:
        return self.name


class SlaPolicy(HasId, HasVersion, Base):
    """Targets in minutes of business time for the disputes that match; the first match by `position` wins.

    A condition that is null matches every dispute.
    """

    __tablename__ = "sla_policies"
    __table_args__ = (
        sa.UniqueConstraint("position"),
        check("name_not_empty", "btrim(name) <> ''"),
        check("position_positive", "position > 0"),
        check("targets_in_order", "0 < first_reply_minutes AND first_reply_minutes <= resolve_minutes"),
        sa.Index("ix_sla_policies_position_id", "position", "id"),
    )

    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(80))
    priority: Mapped[DisputePriority | None] = enum_column(DisputePriority, nullable=True)
    type: Mapped[DisputeType | None] = enum_column(DisputeType, nullable=True)
    first_reply_minutes: Mapped[int]
    resolve_minutes: Mapped[int]
    calendar_id: Mapped[uuid.UUID] = foreign_key("business_calendars.id")

    calendar: Mapped[BusinessCalendar] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.name
