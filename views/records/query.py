"""One row for its record page, and the first rows of what hangs on it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import NotFoundError
from views import cells
from views.access import Access, Entity
from views.columns import Column, Kind, resolve
from views.formats import Format
from views.labels import label
from views.listing.query import ListQuery

RELATED_LIMIT = 20
#: Kinds that take more room than the head of a page has.
_WIDE = frozenset({Kind.LONG, Kind.JSON, Kind.PICTURES, Kind.ADDRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row as its page shows it."""

    id: uuid.UUID
    title: str
    #: Label and cell of each column.
    fields: list[tuple[str, cells.Cell]]
    #: The facts of the list, as far as there are any: what people know the record by.
    figures: list[tuple[str, cells.Cell]]
    #: `id.version.content_version`, what an action started here pins.
    pin: str
    status: Any = None
    version: int | None = None


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
        listed = {one if isinstance(one, str) else one.key for one in access.columns}
        self._figures = frozenset(
            one.key for one in self.columns if one.key in listed - {"status"} and one.kind not in _WIDE
        )
        self._select = sa.select(*head, *cells.parts(self.columns)).select_from(entity.model)

    def fetch(self, session: Session, row_id: uuid.UUID, acting: Acting, link: cells.Linker, form: Format) -> Record:
        """The record, in one statement. Raises `NotFoundError` for a foreign or missing id alike (ACC-1)."""
        statement = self._select.where(self._access.scope(self.model, acting), self.model.id == row_id)
        row = session.execute(statement).first()
        if row is None:
            raise NotFoundError
        shown = self._reader.cells(row, link, form)
        pins = row[2 : 2 + len(self._pins)]
        pairs = list(zip(self.columns, shown, strict=True))
        return Record(
            id=row_id,
            title=row[0],
            fields=[(column.label, cell) for column, cell in pairs],
            figures=[
                (column.label, cell)
                for column, cell in pairs
                if column.key in self._figures and cell.text not in {"", row[0]}
            ],
            pin=pin(row_id, pins),
            status=row[1],
            version=pins[0] if pins else None,
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
    next: str | None
    previous: str | None
    filter: str | None


def related(
    session: Session,
    query: ListQuery,
    via: str,
    row_id: uuid.UUID,
    acting: Acting,
    link: cells.Linker,
    form: Format,
    *,
    after: str | None = None,
    before: str | None = None,
) -> RelatedRows:
    """Rows of `query`'s entity whose `via` is the record."""
    model: Any = query.entity.model
    question = query.where(_NOTHING)
    question.size = RELATED_LIMIT
    # A place that is none of this table's is no place: its first rows are shown.
    with suppress(ValueError):
        for cursor in filter(None, (after, before)):
            question.sort.after(cursor)
        question.after, question.before = after, None if after else before
    question.filters.append(getattr(model, via) == row_id)
    page = query.page(session, question, acting)
    return RelatedRows(
        noun=query.entity.noun,
        label=query.entity.label,
        columns=query.columns,
        rows=[(row[0], query.reader.cells(row, link, form)) for row in page.rows],
        next=page.next,
        previous=page.previous,
        filter=f"f_{via}={row_id}" if via in query.access.filters else None,
    )


class _Empty(dict[str, Any]):
    """No parameters, in the shape of a request's."""

    def getlist(self, _name: str) -> list[str]:
        return []


_NOTHING: Any = _Empty()
