"""How targets are chosen: ticked rows, the one record, or everything that matches a filter."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from backoffice.acting import Acting
from backoffice.actions.base import Action, Target
from backoffice.errors import InvalidInputError, NotFoundError
from backoffice.services import scope

MAX_TICKED: Final = 500
MAX_MATCHING: Final = 50_000
#: A dry run of a filter shows this many rows; the worker judges every one of them anyway.
PREVIEW: Final = 200


@dataclass(frozen=True, slots=True)
class Ids:
    """Ticked rows with the versions seen; a version of None means the version of now. At most 500."""

    targets: Sequence[Target]


@dataclass(frozen=True, slots=True)
class One:
    """The record that is open."""

    id: uuid.UUID
    version: int | None = None

    @property
    def targets(self) -> Sequence[Target]:
        """The one target."""
        return (Target(id=self.id, version=self.version),)


@dataclass(frozen=True, slots=True)
class Matching:
    """Every visible row whose id `ids` selects, at most 50,000; `filter` is kept as it was posted."""

    ids: sa.Select[tuple[uuid.UUID]]
    filter: Mapping[str, Any] = field(default_factory=dict)


Selection: TypeAlias = Ids | One | Matching


def fingerprint(selection: Selection, inputs: Mapping[str, Any]) -> str:
    """SHA-256 over what a request is about: its targets or its filter, and its inputs (IDE-3)."""
    about: Any = (
        dict(selection.filter)
        if isinstance(selection, Matching)
        else sorted({str(target.id) for target in selection.targets})
    )
    return hashlib.sha256(json.dumps([about, dict(inputs)], sort_keys=True, default=str).encode()).hexdigest()


def ticked(selection: Ids | One) -> dict[uuid.UUID, int | None]:
    """Target ids with the versions seen, each once, in order. Raises `InvalidInputError` for none or more than 500."""
    chosen = {target.id: target.version for target in selection.targets}
    if not chosen:
        raise InvalidInputError("Select at least one row.", code="nothing_selected")
    if len(chosen) > MAX_TICKED:
        raise InvalidInputError(f"At most {MAX_TICKED} rows can be ticked; use the filter for more.", code="too_many")
    return chosen


def versions(session: Session, action: Action, selection: Ids | One, acting: Acting) -> dict[uuid.UUID, int | None]:
    """Ids with the versions to hold the operation to. One foreign or missing id refuses all with `NotFoundError`."""
    chosen = ticked(selection)
    entity: Any = action.entity
    current: dict[uuid.UUID, int | None] = dict(
        session.execute(
            sa.select(entity.id, version_column(action)).where(
                scope.predicate(action.entity, acting), entity.id.in_(list(chosen))
            )
        ).all()
    )
    if len(current) != len(chosen):
        raise NotFoundError("At least one of the selected records does not exist.")
    return {target: current[target] if seen is None else seen for target, seen in chosen.items()}


def rows(session: Session, action: Action, where: sa.ColumnElement[bool], limit: int | None = None) -> Sequence[Any]:
    """The targets that match, by id, with what the action wants loaded."""
    entity: Any = action.entity
    statement = sa.select(entity).where(where).order_by(entity.id).limit(limit).options(*loading(action))
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def loading(action: Action) -> list[Any]:
    """Loader options of the action; a bare relationship is loaded by a second SELECT."""
    return [selectinload(one) if isinstance(one, InstrumentedAttribute) else one for one in action.load]


def matching(action: Action, selection: Matching, acting: Acting) -> sa.ColumnElement[bool]:
    """The condition of a filter, within what the person may see."""
    entity: Any = action.entity
    return sa.and_(scope.predicate(action.entity, acting), entity.id.in_(selection.ids))


def version_column(action: Action) -> sa.ColumnElement[Any]:
    """The column that says which version the person saw; NULL for entities without versions."""
    column: sa.ColumnElement[Any] = getattr(action.entity, action.version_attribute, sa.null())
    return column
