"""One row for its record page, and the first rows of what hangs on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import NotFoundError
from views import cells
from views.access import Access, Entity
from views.columns import Column, resolve
from views.formats import Format
from views.labels import label
from views.listing.query import ListQuery

RELATED_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row as its page shows it."""

    id: uuid.UUID
    title: str
    #: Label and cell of each column.
    fields: list[tuple[str, cells.Cell]]
    #: `id.version.content_version`, what an action started here pins.
    pin: str
    status: Any = None


class RecordQuery:
    """The record page of one entity in one panel."""

    def __init__(self, entity: Entity, access: Access) -> None:
        self.model: Any = entity.model
        self._access = access
        self.columns: Sequence[Column] = resolve(entity.model, access.details)
        self._pins = [getattr(self.model, name) for name in ("version", "content_version") if hasattr(self.model, name)]
        self._status = getattr(self.model, "status", sa.null())
        head = [label(entity.model).label("title"), self._status.label("row_status"), *self._pins]
        self._reader = cells.RowReader(self.columns, offset=len(head))
        self._select = sa.select(*head, *cells.parts(self.columns)).select_from(entity.model)

    def fetch(self, session: Session, row_id: uuid.UUID, acting: Acting, link: cells.Linker, form: Format) -> Record:
        """The record, in one statement. Raises `NotFoundError` for a foreign or missing id alike (ACC-1)."""
        statement = self._select.where(self._access.scope(self.model, acting), self.model.id == row_id)
        row = session.execute(statement).first()
        if row is None:
            raise NotFoundError
        shown = self._reader.cells(row, link, form)
        pins = row[2 : 2 + len(self._pins)]
        return Record(
            id=row_id,
            title=row[0],
            fields=[(column.label, cell) for column, cell in zip(self.columns, shown, strict=True)],
            pin=pin(row_id, pins),
            status=row[1],
        )


def pin(row_id: uuid.UUID, versions: Sequence[int | None]) -> str:
    """Id and versions of a row as a checkbox carries them."""
    return ".".join([str(row_id), *(str(version) for version in versions)])


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRows:
    """A table below a record: the newest rows of another entity that belong to it."""

    noun: str
    label: str
    columns: Sequence[Column]
    rows: list[tuple[uuid.UUID, list[cells.Cell]]]
    more: bool
    filter: str | None


def related(
    session: Session, query: ListQuery, via: str, row_id: uuid.UUID, acting: Acting, link: cells.Linker, form: Format
) -> RelatedRows:
    """Rows of `query`'s entity whose `via` is the record."""
    model: Any = query.entity.model
    question = query.where(_NOTHING)
    question.size = RELATED_LIMIT
    question.clauses.append(getattr(model, via) == row_id)
    page = query.page(session, question, acting)
    return RelatedRows(
        noun=query.entity.noun,
        label=query.entity.label,
        columns=query.columns,
        rows=[(row[0], query.reader.cells(row, link, form)) for row in page.rows],
        more=page.next is not None,
        filter=f"f_{via}={row_id}" if via in query.access.filters else None,
    )


class _Empty(dict[str, Any]):
    """No parameters, in the shape of a request's."""

    def getlist(self, _name: str) -> list[str]:
        return []


_NOTHING: Any = _Empty()
