"""What happened to a row: every step of its statuses, and for admins each change of a field from the audit log."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.enums import Actor
from backoffice.services.audit import Event
from models import AuditLog, StatusHistory, User
from models.base import EnumText
from views.cells import Cell, time_cell
from views.columns import words
from views.formats import Format
from views.labels import referred

LIMIT = 50
_DONE = {"insert": "Created", "update": "Changed", "delete": "Deleted"}
#: What the audit log has instead of personal data and of secrets.
_HIDDEN = re.compile(r"h:[0-9a-f]{64}|\*\*\*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field before and after; personal data and secrets are never told."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of the history. `entry` names the audit row when its plain fields can be put back."""

    at: dt.datetime
    when: Cell
    who: str
    what: str
    why: str
    changes: list[Change] = field(default_factory=list)
    entry: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The newest entries, and the moment to ask for older ones; None when there are none."""

    steps: Sequence[Step]
    older: str | None


def past(
    session: Session,
    model: type[Any],
    row_id: uuid.UUID,
    form: Format,
    *,
    all_fields: bool,
    restorable: Sequence[str] = (),
    until: dt.datetime | None = None,
) -> Past:
    """The history of a row, newest first, older than `until`.

    With `all_fields` people are named and the audit log is told too, as admins may see it; else roles act.
    """
    found = steps(session, model, row_id, form, names=all_fields, until=until)
    if all_fields:
        found = [*found, *_audited(session, model, row_id, form, restorable=restorable, until=until)]
    found.sort(key=lambda step: step.at, reverse=True)
    shown = found[:LIMIT]
    return Past(steps=shown, older=shown[-1].at.isoformat() if len(found) > LIMIT else None)


def steps(
    session: Session,
    model: type[Any],
    row_id: uuid.UUID,
    form: Format,
    *,
    names: bool,
    until: dt.datetime | None = None,
) -> list[Step]:
    """The newest status changes of a row; without `names` the actors are told by role only."""
    statement = (
        sa.select(StatusHistory, referred(StatusHistory.actor_id, User))
        .where(
            StatusHistory.entity_id == row_id,
            StatusHistory.entity == model.__tablename__,
            _before(StatusHistory, until),
        )
        .order_by(StatusHistory.created_at.desc(), StatusHistory.id.desc())
        .limit(LIMIT + 1)
    )
    return [
        Step(
            at=entry.created_at,
            when=time_cell(entry.created_at, form),
            who=(name if names and name else Actor(entry.actor).name.capitalize()),
            what=_moved(model, entry),
            why=entry.reason or "",
        )
        for entry, name in session.execute(statement)
    ]


def _before(entity: Any, until: dt.datetime | None) -> Any:
    return sa.true() if until is None else entity.created_at < until


def _moved(model: type[Any], entry: StatusHistory) -> str:
    column = model.__table__.columns.get(entry.field)
    word = _wording(column)
    came_from = "new" if entry.from_status is None else word(entry.from_status)
    return f"{came_from} → {word(entry.to_status)}"


def _wording(column: Any) -> Callable[[Any], str]:
    """How the values of a column are told: members of an enum by their label."""
    members = column.type.enum_class if column is not None and isinstance(column.type, EnumText) else None

    def word(value: Any) -> str:
        if value is None:
            return ""
        if is_hidden(value):
            return "not shown"
        if members is not None and value in set(members):
            return str(members(value).label)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    return word


def _audited(
    session: Session,
    model: type[Any],
    row_id: uuid.UUID,
    form: Format,
    *,
    restorable: Sequence[str],
    until: dt.datetime | None,
) -> list[Step]:
    """The newest changes of a row in the audit log; who only looked at it is in the log's own list."""
    statement = (
        sa.select(AuditLog, referred(AuditLog.actor_id, User))
        .where(
            AuditLog.entity == model.__tablename__,
            AuditLog.entity_id == str(row_id),
            AuditLog.action != Event.VIEWED.value,
            _before(AuditLog, until),
        )
        .order_by(AuditLog.created_at.desc())
        .limit(LIMIT + 1)
    )
    return [
        Step(
            at=entry.created_at,
            when=time_cell(entry.created_at, form),
            who=name or entry.actor_role or "system",
            what=_DONE.get(entry.action) or words(entry.action),
            why=entry.reason or "",
            changes=_changes(model, entry),
            entry=entry.id if can_restore(entry, restorable) else None,
        )
        for entry, name in session.execute(statement)
    ]


def _changes(model: type[Any], entry: AuditLog) -> list[Change]:
    before, after = entry.before or {}, entry.after or {}
    return [
        Change(label=words(name), before=word(before.get(name)), after=word(after.get(name)))
        for name in sorted({*before, *after})
        for word in (_wording(model.__table__.columns.get(name)),)
    ]


def can_restore(entry: AuditLog, names: Sequence[str]) -> bool:
    """Whether an audit row holds a former value of one of these attributes, in plain text."""
    return entry.action == "update" and any(
        name in names and not is_hidden(value) for name, value in (entry.before or {}).items()
    )


def is_hidden(value: Any) -> bool:
    """Whether the log keeps the value to itself."""
    return isinstance(value, str) and _HIDDEN.fullmatch(value) is not None
