"""Imports: a file of a person, judged row by row, written by a worker, and undone for a while (decision 0007)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum, Status, Tone
from backoffice.permissions import Role
from models.base import PII, Base, HasId, check, enum_column, foreign_key
from models.operation import Leased


class ImportStatus(Status):
    """Life of an import. One that could not be undone is done again, and may be undone once more."""

    DRAFT = "draft", "Being prepared", Tone.NEUTRAL, {"pending": "AVLF"}
    PENDING = "pending", "Waiting", Tone.INFO, {"running": "S"}
    RUNNING = "running", "Running", Tone.INFO, {"done": "S", "failed": "S"}
    DONE = "done", "Done", Tone.SUCCESS, {"undoing": "AVLF"}
    FAILED = "failed", "Failed", Tone.DANGER
    UNDOING = "undoing", "Being undone", Tone.INFO, {"undone": "S", "done": "S"}
    UNDONE = "undone", "Undone", Tone.NEUTRAL


class ImportMode(LabelledEnum):
    """What one bad row means for the others."""

    ALL = "all", "All rows or none"
    GOOD = "good", "Leave out the bad rows"


class Verdict(LabelledEnum):
    """What the preview says of a row."""

    NEW = "new", "New"
    CHANGED = "changed", "Changed"
    UNCHANGED = "unchanged", "Unchanged"
    BAD = "bad", "Bad"


class RowResult(LabelledEnum):
    """What came of a row that was to be written."""

    WRITTEN = "written", "Written"
    REFUSED = "refused", "Refused"
    UNDONE = "undone", "Undone"
    KEPT = "kept", "Not undone"


class Import(HasId, Leased, Base):
    """One file for one list of one panel. A trigger refuses to change whose it is, and what it is for."""

    __tablename__ = "imports"
    __table_args__ = (
        check("chosen_before_start", "status = 'draft' OR num_nulls(mapping, key, mode, judged_at) = 0"),
        check("done_has_time", "status NOT IN ('done', 'undoing', 'undone') OR num_nulls(finished_at, undo_until) = 0"),
        check("failed_has_reason", "status <> 'failed' OR last_error IS NOT NULL"),
        check("rows_within_limit", "rows BETWEEN 1 AND 2000"),
        check("done_within_rows", "done BETWEEN 0 AND rows"),
        sa.Index("ix_imports_user_id_created_at_id", "user_id", "created_at", "id"),
        sa.Index(
            "ix_imports_due", "run_after", postgresql_where=sa.text("status IN ('pending', 'running', 'undoing')")
        ),
        sa.Index("ix_imports_created_at", "created_at"),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    panel: Mapped[Role] = enum_column(Role)
    noun: Mapped[str] = mapped_column(sa.String(40))
    #: The list's name, as the person reads it.
    label: Mapped[str] = mapped_column(sa.String(80))
    #: The table that is written, and the permission that this needs; asked again by the worker (JOB-3).
    entity: Mapped[str] = mapped_column(sa.String(64))
    permission: Mapped[str] = mapped_column(sa.String(64))
    #: As the person's machine calls it.
    file_name: Mapped[str] = mapped_column(sa.String(120), info=PII)
    #: The heading of each column of the file.
    headings: Mapped[list[Any]] = mapped_column(info=PII)
    #: Attribute by number of the column; None while nothing is chosen.
    mapping: Mapped[dict[str, Any] | None]
    #: Attribute that finds a row.
    key: Mapped[str | None] = mapped_column(sa.String(64))
    mode: Mapped[ImportMode | None] = enum_column(ImportMode, nullable=True)
    #: Which preview the person has seen.
    judged_at: Mapped[dt.datetime | None]
    status: Mapped[ImportStatus] = enum_column(ImportStatus, default=ImportStatus.DRAFT)
    rows: Mapped[int]
    #: Rows that the worker has come past.
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    request_id: Mapped[str] = mapped_column(sa.String(64))
    finished_at: Mapped[dt.datetime | None]
    undo_until: Mapped[dt.datetime | None]

    def __str__(self) -> str:
        return f"Import of {self.label.lower()}"


class ImportRow(Base):
    """One line of the file: what it holds, what the preview says of it, and what came of it.

    `changes` has by attribute `before` and `after` as they are written, and `was` and `is` as people read them.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        sa.PrimaryKeyConstraint("import_id", "position"),
        check("bad_has_messages", "verdict <> 'bad' OR messages IS NOT NULL"),
        check(
            "found_has_version", "verdict NOT IN ('changed', 'unchanged') OR num_nulls(target_id, target_version) = 0"
        ),
        check("written_was_judged", "result IS NULL OR (verdict IN ('new', 'changed') AND changes IS NOT NULL)"),
        check("refused_has_reason", "result NOT IN ('refused', 'kept') OR reason IS NOT NULL"),
        check("written_has_version", "result <> 'written' OR left_version IS NOT NULL"),
    )

    import_id: Mapped[uuid.UUID] = foreign_key("imports.id", index=False)
    #: Line of the file, as a spreadsheet counts.
    position: Mapped[int]
    #: Texts, None for an empty cell, or `{"problem": sentence}` for one that cannot be read.
    cells: Mapped[list[Any]] = mapped_column(info=PII)
    verdict: Mapped[Verdict | None] = enum_column(Verdict, nullable=True)
    messages: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True), info=PII)
    #: The row that was found, with the version seen; or the id that the new row gets.
    target_id: Mapped[uuid.UUID | None]
    target_version: Mapped[int | None]
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=PII)
    result: Mapped[RowResult | None] = enum_column(RowResult, nullable=True)
    reason: Mapped[str | None]
    #: The version that the import left; what has another one is not undone.
    left_version: Mapped[int | None]
