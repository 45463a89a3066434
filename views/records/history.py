"""What happened to a row: its status history, and for admins the audit log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.enums import Actor
from backoffice.services.audit import Event
from models import AuditLog, StatusHistory, User
from models.base import EnumText
from views.cells import Cell, time_cell
from views.formats import Format
from views.labels import referred

LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the history."""

    when: Cell
    who: str
    what: str
    why: str


def steps(session: Session, model: type[Any], row_id: uuid.UUID, form: Format, *, names: bool) -> list[Step]:
    """The newest status changes of a row; without `names` the actors are told by role only."""
    statement = (
        sa.select(StatusHistory, referred(StatusHistory.actor_id, User))
        .where(StatusHistory.entity_id == row_id, StatusHistory.entity == model.__tablename__)
        .order_by(StatusHistory.created_at.desc(), StatusHistory.id.desc())
        .limit(LIMIT)
    )
    return [
        Step(
            when=time_cell(entry.created_at, form),
            who=(name if names and name else Actor(entry.actor).name.capitalize()),
            what=_moved(model, entry),
            why=entry.reason or "",
        )
        for entry, name in session.execute(statement)
    ]


def _moved(model: type[Any], entry: StatusHistory) -> str:
    column = model.__table__.columns.get(entry.field)
    members = column.type.enum_class if column is not None and isinstance(column.type, EnumText) else None

    def word(value: str | None) -> str:
        if value is None:
            return "new"
        return members(value).label if members is not None and value in set(members) else value

    return f"{word(entry.from_status)} → {word(entry.to_status)}"


def audit(session: Session, model: type[Any], row_id: uuid.UUID, form: Format) -> list[Step]:
    """The newest changes of a row in the audit log; who only looked at it is in the log's own list."""
    statement = (
        sa.select(AuditLog, referred(AuditLog.actor_id, User))
        .where(
            AuditLog.entity == model.__tablename__,
            AuditLog.entity_id == str(row_id),
            AuditLog.action != Event.VIEWED.value,
        )
        .order_by(AuditLog.created_at.desc())
        .limit(LIMIT)
    )
    return [
        Step(
            when=time_cell(entry.created_at, form),
            who=name or entry.actor_role or "system",
            what=f"{entry.action}: {', '.join(sorted(entry.after or entry.before or {}))}",
            why=entry.reason or "",
        )
        for entry, name in session.execute(statement)
    ]
