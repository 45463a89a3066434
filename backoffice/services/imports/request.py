"""A person's own imports: kept as a draft, judged, started once, and undone once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Permission, Role
from backoffice.services import audit, operations
from backoffice.services.imports.reading import Sheet
from backoffice.services.transitions import move
from models import Import, ImportRow
from models.base import uuid7
from models.imports import ImportMode, ImportStatus, RowResult, Verdict
from models.operation import QueueName

#: What wakes and logs call it.
KIND: Final = "import"
#: So many of one person may wait or run at once.
MOST_AT_ONCE: Final = 3
SHOWN: Final = 20
#: How long an import can be undone.
UNDOABLE: Final = dt.timedelta(days=7)
OPEN: Final = (ImportStatus.PENDING, ImportStatus.RUNNING, ImportStatus.UNDOING)
_TO_WRITE: Final = (Verdict.NEW, Verdict.CHANGED)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(:person, 56))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which list of which panel is written, and the permission that it needs."""

    panel: Role
    noun: str
    label: str
    entity: str
    permission: Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the preview says of one row."""

    position: int
    verdict: Verdict
    messages: Sequence[str] = ()
    target_id: uuid.UUID | None = None
    target_version: int | None = None
    changes: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What each column means, what finds a row, and what a bad one means for the others."""

    mapping: Mapping[int, str]
    key: str
    mode: ImportMode


def keep(session: Session, place: Place, file_name: str, sheet: Sheet, acting: Acting) -> Import:
    """Keep the file as a draft, in the place of the person's last draft for this list."""
    if acting.user_id is None or acting.viewer is not None:
        raise ForbiddenError("An import belongs to the person who makes it.")
    session.execute(sa.text(_LOCK), {"person": str(acting.user_id)})
    delete(session, *_own(place, acting), Import.status == ImportStatus.DRAFT)
    kept = Import(
        id=uuid7(),
        user_id=acting.user_id,
        panel=place.panel,
        noun=place.noun,
        label=place.label,
        entity=place.entity,
        permission=place.permission.value,
        file_name=_printable(file_name),
        headings=sheet.headings,
        rows=len(sheet.lines),
        queue=QueueName.BULK,
        request_id=acting.request_id,
    )
    session.add(kept)
    session.flush()
    rows = [{"import_id": kept.id, "position": line.number, "cells": line.cells} for line in sheet.lines]
    session.execute(sa.insert(ImportRow), rows)
    return kept


def own(session: Session, place: Place, import_id: uuid.UUID, acting: Acting, *, lock: bool = False) -> Import:
    """The person's own import for this list. Raises `NotFoundError` for anybody else's, whatever their role."""
    statement = sa.select(Import).where(Import.id == import_id, *_own(place, acting))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def mine(session: Session, place: Place, acting: Acting) -> Sequence[Import]:
    """The person's own imports for this list, newest first."""
    newest = sa.select(Import).where(*_own(place, acting)).order_by(Import.created_at.desc(), Import.id.desc())
    return session.scalars(newest.limit(SHOWN)).all()


def rows_of(session: Session, kept: Import) -> list[tuple[int, list[Any]]]:
    """Line and cells of every row, in order."""
    statement = sa.select(ImportRow.position, ImportRow.cells).where(ImportRow.import_id == kept.id)
    return [(row.position, row.cells) for row in session.execute(statement.order_by(ImportRow.position))]


def judge(session: Session, kept: Import, chosen: Chosen, judged: Sequence[Judged], moment: dt.datetime) -> None:
    """Keep the preview of a draft, in the place of the one before. Raises `DomainError` when it has been started."""
    if kept.status is not ImportStatus.DRAFT:
        raise DomainError("This import has been started already.", code="started")
    kept.mapping = {str(number): name for number, name in chosen.mapping.items()}
    kept.key, kept.mode, kept.judged_at = chosen.key, chosen.mode, moment
    session.flush()
    key = (ImportRow.import_id == kept.id, ImportRow.position == sa.bindparam("line"))
    names = ("verdict", "messages", "target_id", "target_version", "changes")
    table: Any = ImportRow.__table__
    statement = sa.update(table).where(*key).values({name: sa.bindparam(f"p_{name}") for name in names})
    session.connection().execute(
        statement,
        [
            {
                "line": one.position,
                "p_verdict": one.verdict,
                "p_messages": list(one.messages) or None,
                "p_target_id": one.target_id,
                "p_target_version": one.target_version,
                "p_changes": None if one.changes is None else {name: dict(own) for name, own in one.changes.items()},
            }
            for one in judged
        ],
    )


def counts(session: Session, kept: Import) -> tuple[dict[Verdict, int], dict[RowResult, int]]:
    """How many rows have each verdict, and each result."""
    verdicts: dict[Verdict, int] = {}
    results: dict[RowResult, int] = {}
    grouped = sa.select(ImportRow.verdict, ImportRow.result, sa.func.count()).where(ImportRow.import_id == kept.id)
    for verdict, result, count in session.execute(grouped.group_by(ImportRow.verdict, ImportRow.result)):
        if verdict is not None:
            verdicts[verdict] = verdicts.get(verdict, 0) + count
        if result is not None:
            results[result] = results.get(result, 0) + count
    return verdicts, results


def start(session: Session, kept: Import, judged: str, acting: Acting) -> bool:
    """Have a worker write what the preview says; `kept` is locked. False when that has been asked for already.

    `judged` is the preview that the person has seen. Raises `DomainError` when there is nothing to write, when a row is
    bad and all or none were wanted, or when the preview is another by now.
    """
    if kept.status is not ImportStatus.DRAFT:
        return False
    if kept.judged_at is None or kept.judged_at.isoformat() != judged:
        raise DomainError("The preview has been made anew since you opened this page. Look at it again.", code="stale")
    found, _ = counts(session, kept)
    if found.get(Verdict.BAD) and kept.mode is ImportMode.ALL:
        raise InvalidInputError(
            f"Bad rows: {found[Verdict.BAD]:,}. Mend the file, or choose to leave them out.", code="bad_rows"
        )
    if not any(found.get(verdict) for verdict in _TO_WRITE):
        raise InvalidInputError("There is nothing to write: no row is new or changed.", code="nothing")
    _leave_room(session, acting)
    _wake(session, kept, ImportStatus.PENDING, acting)
    written = {verdict.value: count for verdict, count in found.items()}
    _note(session, audit.Event.IMPORTED, kept, acting, written)
    return True


def undo(session: Session, kept: Import, acting: Acting) -> None:
    """Have a worker undo it; `kept` is locked. Raises `DomainError` when it is too late or not the time."""
    if not can_undo(kept, session.scalars(sa.select(NOW)).one()):
        raise DomainError("This import cannot be undone: not yet, or not any more.", code="no_undo")
    _leave_room(session, acting)
    _wake(session, kept, ImportStatus.UNDOING, acting)
    _note(session, audit.Event.IMPORT_UNDONE, kept, acting, {})


def can_undo(kept: Import, moment: dt.datetime) -> bool:
    """Whether it is done, and not for too long."""
    return kept.status is ImportStatus.DONE and kept.undo_until is not None and kept.undo_until > moment


def delete(session: Session, *which: sa.ColumnElement[bool]) -> None:
    """Delete imports with their rows."""
    found = sa.select(Import.id).where(*which)
    for statement in (sa.delete(ImportRow).where(ImportRow.import_id.in_(found)), sa.delete(Import).where(*which)):
        session.execute(statement.execution_options(synchronize_session=False))


def _own(place: Place, acting: Acting) -> tuple[sa.ColumnElement[bool], ...]:
    return Import.user_id == acting.user_id, Import.panel == place.panel, Import.noun == place.noun


def _leave_room(session: Session, acting: Acting) -> None:
    """Two clicks at once count one after the other. Raises `DomainError`."""
    session.execute(sa.text(_LOCK), {"person": str(acting.user_id)})
    waiting = sa.select(sa.func.count()).select_from(Import)
    if session.scalars(waiting.where(Import.user_id == acting.user_id, Import.status.in_(OPEN))).one() >= MOST_AT_ONCE:
        raise DomainError(f"{MOST_AT_ONCE} of your imports are still running. Wait for one of them.", code="too_many")


def _wake(session: Session, kept: Import, to: ImportStatus, acting: Acting) -> None:
    moment = session.scalars(sa.select(NOW)).one()
    due = {"run_after": moment + operations.FIRST_LOOK, "due_since": moment, "attempts": 0, "done": 0}
    move(session, kept, to, acting=acting, values={**due, "last_error": None})
    queue.wake_after_commit(session, QueueName.BULK, KIND, kept.id)


def _note(session: Session, event: audit.Event, kept: Import, acting: Acting, more: Mapping[str, int]) -> None:
    after = {"panel": kept.panel.value, "import": str(kept.id), **more}
    audit.record(session, event, entity=kept.entity, entity_id="list", acting=acting, after=after)


def _printable(name: str) -> str:
    """The last part of the name, without what cannot be stored."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:120] or "file"
