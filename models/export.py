"""Exports: a list as a file, made by a worker for one person, kept for a while."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum, Status, Tone
from backoffice.permissions import Role
from models.base import PII, SECRET, Base, HasId, check, enum_column, foreign_key
from models.operation import Leased


class ExportStatus(Status):
    """Life of an export; one that failed is asked for anew, with the rights of that moment."""

    PENDING = "pending", "Waiting", Tone.INFO, {"running": "S"}
    RUNNING = "running", "Running", Tone.INFO, {"done": "S", "failed": "S"}
    DONE = "done", "Ready", Tone.SUCCESS, {"expired": "S"}
    FAILED = "failed", "Failed", Tone.DANGER
    EXPIRED = "expired", "Expired", Tone.NEUTRAL


class ExportFormat(LabelledEnum):
    """Kind of file; the value is the end of its name."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel"
    JSON = "json", "JSON"


class Export(HasId, Leased, Base):
    """One list of one panel with one filter, as a file (decision 0006).

    `statement` is the SELECT that the list compiled when it was asked for, with the row scope in it (ACC-1). A trigger
    refuses to change it and whose it is.
    """

    __tablename__ = "exports"
    __table_args__ = (
        check("done_is_whole", "status <> 'done' OR num_nulls(file_name, finished_at, expires_at) = 0"),
        check("failed_has_reason", "status <> 'failed' OR last_error IS NOT NULL"),
        check("rows_within_limit", "rows BETWEEN 0 AND 100000"),
        sa.Index("ix_exports_user_id_created_at_id", "user_id", "created_at", "id"),
        sa.Index("ix_exports_due", "run_after", postgresql_where=sa.text("status IN ('pending', 'running', 'done')")),
        sa.Index("ix_exports_created_at", "created_at"),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    panel: Mapped[Role] = enum_column(Role)
    noun: Mapped[str] = mapped_column(sa.String(40))
    #: The list's name, as the person reads it.
    label: Mapped[str] = mapped_column(sa.String(80))
    format: Mapped[ExportFormat] = enum_column(ExportFormat)
    #: Filters, search and order as the address has them; somebody may have searched for a person.
    query: Mapped[str] = mapped_column(default="", server_default="", info=PII)
    #: Keys of the columns that were chosen; None for the list's own.
    columns: Mapped[list[Any] | None]
    #: Heading and kind of each column of the file.
    heads: Mapped[list[Any]]
    statement: Mapped[str] = mapped_column(info=SECRET)
    status: Mapped[ExportStatus] = enum_column(ExportStatus, default=ExportStatus.PENDING)
    #: Rows written so far.
    rows: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Its name in the store of files.
    file_name: Mapped[str | None] = mapped_column(sa.String(64))
    request_id: Mapped[str] = mapped_column(sa.String(64))
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]

    def __str__(self) -> str:
        return f"{self.label} as {self.format.label}"
