"""Reports that people ask for, once or on a schedule."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from backoffice.permissions import Role
from models.base import Base, HasDeletedAt, HasId, HasVersion, check, enum_column, foreign_key
from models.operation import Leased
from models.user import User


class ReportType(LabelledEnum):
    """What a report is about: the ERD's five and those the business needs (data model C6.70)."""

    REVENUE = "revenue"
    ORDERS = "orders"
    PRODUCTS = "products"
    USERS = "users"
    LOGISTICS = "logistics"
    PAYOUTS = "payouts"
    DISPUTES = "disputes"
    TAX = "tax"
    MODERATION = "moderation"


class ReportStatus(Status):
    """Progress of a report (B12)."""

    GENERATING = "generating", "Generating", Tone.INFO, {"completed": "S", "failed": "S"}
    COMPLETED = "completed", "Completed", Tone.SUCCESS, {"expired": "S"}
    FAILED = "failed", "Failed", Tone.DANGER, {"generating": "AVLFS"}
    EXPIRED = "expired", "Expired", Tone.NEUTRAL


class ReportFormat(LabelledEnum):
    """Kind of file; the value is the end of its name."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel"
    PDF = "pdf", "PDF"


class Rhythm(LabelledEnum):
    """How often a schedule asks for its report; each is about the whole week or month before."""

    WEEKLY = "weekly", "Every Monday"
    MONTHLY = "monthly", "On the first of every month"


class ReportSchedule(HasId, HasVersion, HasDeletedAt, Base):
    """One report of one person, again and again, in the time zone that the person has then."""

    __tablename__ = "report_schedules"
    __table_args__ = (
        sa.Index("ix_report_schedules_created_at_id", "created_at", "id"),
        sa.Index("ix_report_schedules_user_id_created_at_id", "user_id", "created_at", "id"),
        sa.Index(
            "ix_report_schedules_due",
            "next_run_at",
            postgresql_where=sa.text("deleted_at IS NULL AND paused_at IS NULL"),
        ),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    panel: Mapped[Role] = enum_column(Role)
    type: Mapped[ReportType] = enum_column(ReportType)
    format: Mapped[ReportFormat] = enum_column(ReportFormat)
    #: As a report's, but for the period.
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    rhythm: Mapped[Rhythm] = enum_column(Rhythm)
    next_run_at: Mapped[dt.datetime]
    paused_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"{self.type.label}, {self.rhythm.label.lower()}"


class Report(HasId, HasVersion, Leased, Base):
    """ERD `REPORTS`. The rows are in a file, which a worker makes and which goes after a week (data model C6.70).

    `filters` are `since` and `until`, both included, and `currency` where one was chosen; `body` says what the columns
    of the file are. What was asked for, and by whom, is never another: a trigger refuses to change it.
    """

    __tablename__ = "reports"
    __table_args__ = (
        sa.UniqueConstraint("schedule_id", "scheduled_for"),
        check("completed_has_time", "status <> 'completed' OR generated_at IS NOT NULL"),
        check("completed_is_whole", "status <> 'completed' OR num_nulls(file_name, expires_at) = 0"),
        check("failed_has_reason", "status <> 'failed' OR last_error IS NOT NULL"),
        check("rows_within_limit", "rows BETWEEN 0 AND 100000"),
        check("schedule_is_whole", "num_nulls(schedule_id, scheduled_for) <> 1"),
        sa.Index("ix_reports_created_at_id", "created_at", "id"),
        sa.Index("ix_reports_user_id_status", "user_id", "status"),
        sa.Index("ix_reports_due", "run_after", postgresql_where=sa.text("status IN ('generating', 'completed')")),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    panel: Mapped[Role] = enum_column(Role)
    name: Mapped[str] = mapped_column(sa.String(160))
    type: Mapped[ReportType] = enum_column(ReportType)
    format: Mapped[ReportFormat] = enum_column(ReportFormat)
    filters: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[dict[str, Any] | None] = mapped_column("data", JSONB(none_as_null=True))
    status: Mapped[ReportStatus] = enum_column(ReportStatus, default=ReportStatus.GENERATING)
    #: Rows written so far.
    rows: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Its name in the store of files.
    file_name: Mapped[str | None] = mapped_column(sa.String(64))
    generated_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    schedule_id: Mapped[uuid.UUID | None] = foreign_key("report_schedules.id", index=False)
    #: The time of the schedule that this report is for: each has one.
    scheduled_for: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.name
