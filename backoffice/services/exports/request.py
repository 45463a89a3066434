"""Asking for an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, ForbiddenError
from backoffice.permissions import Role
from backoffice.services import operations
from models import Export
from models.base import uuid7
from models.export import ExportFormat, ExportStatus
from models.operation import QueueName

#: What wakes and logs call it.
KIND: Final = "export"
#: So many of one person may wait or run at once, so that nobody keeps the worker from the others.
MOST_AT_ONCE: Final = 5
OPEN: Final = (ExportStatus.PENDING, ExportStatus.RUNNING)
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(:person, 55))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list has compiled: the SELECT with its values in it, and what stands above each of its columns."""

    panel: Role
    noun: str
    label: str
    format: ExportFormat
    query: str
    columns: Sequence[str] | None
    heads: Sequence[Mapping[str, str]]
    statement: str


def submit(session: Session, wanted: Wanted, acting: Acting) -> tuple[Export, bool]:
    """Have a worker make the file; whether it is a new one, since the same one that waits already is enough.

    Raises `DomainError` when too many of this person's wait.
    """
    if acting.user_id is None or acting.viewer is not None:
        raise ForbiddenError("An export belongs to the person who asks for it.")
    # Two clicks at once count one after the other.
    session.execute(sa.text(_LOCK), {"person": str(acting.user_id)})
    waiting = session.scalars(sa.select(Export).where(Export.user_id == acting.user_id, Export.status.in_(OPEN))).all()
    same = next((one for one in waiting if _asks(one) == _asks(wanted)), None)
    if same is not None:
        return same, False
    if len(waiting) >= MOST_AT_ONCE:
        raise DomainError(
            f"{MOST_AT_ONCE} of your exports are still being made. Wait for one of them.", code="too_many"
        )
    moment = session.scalars(sa.select(NOW)).one()
    export = Export(
        id=uuid7(),
        user_id=acting.user_id,
        panel=wanted.panel,
        noun=wanted.noun,
        label=wanted.label,
        format=wanted.format,
        query=wanted.query,
        columns=None if wanted.columns is None else list(wanted.columns),
        heads=[dict(head) for head in wanted.heads],
        statement=wanted.statement,
        queue=QueueName.BULK,
        request_id=acting.request_id,
        run_after=moment + operations.FIRST_LOOK,
        due_since=moment,
    )
    session.add(export)
    session.flush()
    queue.wake_after_commit(session, QueueName.BULK, KIND, export.id)
    return export, True


def _asks(what: Export | Wanted) -> tuple[object, ...]:
    return what.panel, what.noun, what.format, what.query, list(what.columns or [])
