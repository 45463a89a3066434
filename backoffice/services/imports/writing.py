"""One row of an import, written or undone: under a savepoint of its own, over the version that was seen (I8)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import DomainError, NotFoundError
from backoffice.services import constraints, references, row_changes, scope
from backoffice.services.imports.values import unpacked
from models import Import, ImportRow
from models.imports import RowResult, Verdict

_STALE = "Somebody changed it after the preview."
_GONE = "It is not there any more."
_CHANGED_SINCE = "It was changed after the import."


def write(session: Session, model: type[Any], row: ImportRow, batch: Import, acting: Acting) -> None:
    """Write what the preview says of `row`, and note the result; what refuses it is the reason."""
    try:
        with session.begin_nested():
            target = _make(session, model, row, batch, acting) if row.verdict is Verdict.NEW else None
            if target is None:
                target = _locked(session, model, row, row.target_version, acting, _STALE)
                _put(session, model, target, row, "after", acting)
            session.flush()
            version = target.version
    except (DomainError, DBAPIError) as error:
        row.result, row.reason = RowResult.REFUSED, _sentence(error)
    else:
        row.result, row.left_version = RowResult.WRITTEN, version
    session.flush()


def undo(session: Session, model: type[Any], row: ImportRow, acting: Acting) -> None:
    """Put back what `row` has changed, or take away what it made; what is in the way is the reason."""
    try:
        with session.begin_nested():
            target = _locked(session, model, row, row.left_version, acting, _CHANGED_SINCE)
            if row.verdict is Verdict.NEW:
                _take_away(session, model, target)
            else:
                _put(session, model, target, row, "before", acting)
            session.flush()
    except (DomainError, DBAPIError) as error:
        row.result, row.reason = RowResult.KEPT, _sentence(error)
    else:
        row.result = RowResult.UNDONE
    session.flush()


def _make(session: Session, model: type[Any], row: ImportRow, batch: Import, acting: Acting) -> Any:
    """The new row, with the id that the preview gave it, so that rows below it could refer to it."""
    given = {name: unpacked(model, name, change["after"]) for name, change in (row.changes or {}).items()}
    key: Any = batch.key
    visible = scope.predicate(model, acting)
    if session.scalar(sa.select(model.id).where(getattr(model, key) == given[key], visible).limit(1)):
        raise DomainError(f"There is one with this {key.replace('_', ' ')} meanwhile.", code="stale")
    target = model(id=row.target_id, **given)
    session.add(target)
    session.flush()
    if session.scalar(sa.select(model.id).where(model.id == row.target_id, visible)) is None:
        raise DomainError("You may not make this.", code="forbidden")
    return target


def _locked(session: Session, model: type[Any], row: ImportRow, version: int | None, acting: Acting, stale: str) -> Any:
    """The row that is meant, when it still has that `version`. Raises `DomainError`, also for what is out of scope."""
    assert row.target_id is not None  # noqa: S101 - a CHECK says so
    try:
        target = scope.get_visible(session, model, row.target_id, acting, lock=True)
    except NotFoundError:
        raise DomainError(_GONE, code="gone") from None
    if target.version != version:
        raise DomainError(stale, code="stale")
    return target


def _put(session: Session, model: type[Any], target: Any, row: ImportRow, side: str, acting: Acting) -> None:
    """What needs a review first waits for it, as if it had been typed into the form (MOD-3)."""
    values = {name: unpacked(model, name, change[side]) for name, change in (row.changes or {}).items()}
    row_changes.write(session, target, values, acting=acting)


def _take_away(session: Session, model: type[Any], target: Any) -> None:
    """Hide the row, or delete it where there is no hiding. Raises `DomainError` when somebody uses it."""
    used = references.counts(session, model, target.id, living=True)
    if used:
        raise DomainError(f"It is in use: {', '.join(f'{count} {name}' for name, count in used)}.", code="in_use")
    if hasattr(model, "deleted_at"):
        target.deleted_at = now()
    else:
        session.delete(target)


def _sentence(error: DomainError | DBAPIError) -> str:
    """The refusal in words. A lock time-out or a lost connection is not about the row: it is raised."""
    if isinstance(error, OperationalError):
        raise error
    return error.message if isinstance(error, DomainError) else constraints.sentence_for(error)
