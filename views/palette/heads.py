"""What the palette selects of one entity: its parts of the statements, and the records in their answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.services import names
from models import SearchableName
from views.access import Access, Entity
from views.columns import attribute_column, column
from views.labels import label

#: Rows of an entity that are shown, and that one way to find it may give.
SHOWN = 5
#: Names that are compared with what was typed, of one entity.
_COMPARED = 60
_BY_NUMBER, _BY_ID, _BY_NAME = "0.0", "1.0", "2.0"

#: Who asks and what was typed, in statements that are made once; `words_0` and so on are made with their statement.
PARAMETERS: Final = {
    "person": sa.bindparam("person", type_=sa.Uuid()),
    "text": sa.bindparam("text", type_=sa.Text()),
    "first": sa.bindparam("first", type_=sa.Uuid()),
    "last": sa.bindparam("last", type_=sa.Uuid()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One record that fits, and how well: a lower rank is better."""

    noun: str
    id: uuid.UUID
    label: str
    note: str | None
    #: A member of the entity's enum.
    status: Any
    rank: float


class Head:
    """One entity in one panel."""

    def __init__(self, entity: Entity, access: Access) -> None:
        self._model: Any = entity.model
        self._noun = entity.noun
        self._access = access
        searched = entity.search if access.search else ()
        # Conditions that read only what the panel shows (ACC-3).
        self._clauses = [one.clause for one in searched if one.reads is not None and access.shows(one.reads)]
        named = entity.named
        self._named = named if named and access.search and all(map(access.shows, named.reads)) else None
        self._statuses = attribute_column(self._model, "status").type if access.shows("status") else None
        note = column(self._model, entity.note).parts[-1] if entity.note and access.shows(entity.note) else sa.null()
        self._parts = (
            sa.literal_column(f"'{entity.noun}'").label("noun"),
            sa.type_coerce(self._model.id, sa.Uuid).label("row_id"),
            label(self._model).label("title"),
            sa.cast(note, sa.Text).label("note"),
            sa.cast(self._model.status if self._statuses is not None else sa.null(), sa.Text).label("status"),
        )

    @property
    def has_name(self) -> bool:
        """Whether this panel finds it by name."""
        return self._named is not None

    def exact(self, acting: Acting) -> Iterator[sa.Select[Any]]:
        """For each way to find it by a number: the rows that it finds."""
        for clause in self._clauses:
            yield self._select(_BY_NUMBER, acting).where(clause(PARAMETERS["text"])).limit(SHOWN)

    def by_id(self, acting: Acting) -> sa.Select[Any]:
        """The rows whose ids begin as typed."""
        key = self._model.id
        begins_so = key.between(PARAMETERS["first"], PARAMETERS["last"])
        return self._select(_BY_ID, acting).where(begins_so).order_by(key).limit(SHOWN)

    def these(self, ids: Sequence[uuid.UUID], acting: Acting) -> sa.Select[Any]:
        """The rows with these ids."""
        return self._select(_BY_ID, acting).where(self._model.id.in_(ids))

    def named(self, words: int, acting: Acting) -> sa.Select[Any]:
        """Rows with a name that has, of each of so many typed words, one of the words that may be meant."""
        if self._named is None:
            raise LookupError(self._noun)
        # Written out, because only then PostgreSQL sees which of the two indexes it is about.
        kind = sa.literal_column(f"'{self._named.kind.value}'")
        meant = [sa.bindparam(f"words_{at}", type_=sa.ARRAY(sa.Text)) for at in range(words)]
        return (
            self._select(_BY_NAME, acting, SearchableName.words)
            .join(SearchableName, SearchableName.row_id == getattr(self._model, self._named.via))
            .where(SearchableName.kind == kind, *(SearchableName.words.overlap(one) for one in meant))
            .limit(_COMPARED)
        )

    def _select(self, rank: str, acting: Acting, words: Any = None) -> sa.Select[Any]:
        """The rows that the person may see, without a condition yet."""
        more = (
            sa.literal_column(rank).label("rank"),
            sa.cast(sa.null() if words is None else words, sa.ARRAY(sa.Text)).label("words"),
        )
        return sa.select(*self._parts, *more).select_from(self._model).where(self._access.scope(self._model, acting))

    def read(self, row: Any, wanted: names.Meanings) -> Found:
        """A row of the answer."""
        status = None if row.status is None else self._statuses.enum_class(row.status)
        rank = float(row.rank) - (names.fit(row.words, wanted) if wanted else 0)
        title = row.title or str(row.row_id)
        return Found(noun=self._noun, id=row.row_id, label=title, note=row.note, status=status, rank=rank)
