"""Reports that people ask for."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Base, HasId, HasVersion, check, enum_column, foreign_key
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
    COMPLETED = "completed", "Completed", Tone.SUCCESS
    FAILED = "failed", "Failed", Tone.DANGER, {"generating": "AVLFS"}


class Report(HasId, HasVersion, Base):
    """ERD `REPORTS`."""

    __tablename__ = "reports"
    __table_args__ = (
        check("completed_has_time", "status <> 'completed' OR generated_at IS NOT NULL"),
        sa.Index("ix_reports_created_at_id", "created_at", "id"),
        sa.Index("ix_reports_user_id_status", "user_id", "status"),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    name: Mapped[str] = mapped_column(sa.String(160))
    type: Mapped[ReportType] = enum_column(ReportType)
    filters: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    body: Mapped[dict[str, Any] | None] = mapped_column("data", JSONB(none_as_null=True))
    status: Mapped[ReportStatus] = enum_column(ReportStatus, default=ReportStatus.GENERATING)
    generated_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.name
