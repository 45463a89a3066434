"""The records of a panel that fit what was typed: by number, by id or its beginning, and by name in spite of a typo.

One UNION ALL over every entity each, every part of it scoped (ACC-1), limited, and answered by an index.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Role
from backoffice.services import names
from views.access import Access, Entity
from views.ids import parse_uuid
from views.palette.heads import PARAMETERS, Found, Head

#: What may be the beginning of an id; shorter ones say nothing about ids that begin with the time.
_ID = re.compile(r"[0-9a-f]{6,32}")


def id_range(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The first and the last id that begin with `text`, dashes or not; None for what cannot be part of one."""
    digits = text.strip().lower().replace("-", "")
    if not _ID.fullmatch(digits):
        return None
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))


class PaletteQuery:
    """Finds records of one panel: of the entities that it has, in the order of the menus, each with its access.

    Statements are made once, with a parameter for the person and what was typed: making them takes longer than
    PostgreSQL needs to answer them.
    """

    def __init__(self, role: Role, entities: Iterable[tuple[Entity, Access]]) -> None:
        somebody: Any = PARAMETERS["person"]
        self._somebody = Acting(user_id=somebody, role=role, name="somebody")
        self._heads = {entity.noun: Head(entity, access) for entity, access in entities}
        exact = [clause for head in self._heads.values() for clause in head.exact(self._somebody)]
        ids = [head.by_id(self._somebody) for head in self._heads.values()]
        self._exact = sa.union_all(_WALK_INDEXES, *exact)
        self._exact_or_id = sa.union_all(_WALK_INDEXES, *exact, *ids)
        self._by_name = cache(self._make_by_name)

    def _make_by_name(self, words: int) -> Any:
        """The statement for so many words; None in a panel without names."""
        selects = [head.named(words, self._somebody) for head in self._heads.values() if head.has_name]
        return sa.union_all(*selects) if selects else None

    def search(self, session: Session, text: str, acting: Acting) -> list[Found]:
        """What fits `text`, the best first, in at most three statements; nothing for an empty text."""
        if not text:
            return []
        values: dict[str, Any] = {"person": acting.user_id, "text": text}
        ends = id_range(text)
        if ends is None:
            found = self._fetch(session, self._exact, values)
        else:
            found = self._fetch(session, self._exact_or_id, values | {"first": ends[0], "last": ends[1]})
        if "@" not in text and parse_uuid(text) is None:
            found += self._named(session, text, values)
        best: dict[tuple[str, uuid.UUID], Found] = {}
        for one in sorted(found, key=lambda each: each.rank):
            best.setdefault((one.noun, one.id), one)
        return list(best.values())

    def _named(self, session: Session, text: str, values: Mapping[str, Any]) -> list[Found]:
        wanted = names.meanings(session, text)
        statement = self._by_name(len(wanted))
        if statement is None or not any(len(word) > 1 for one in wanted for word in one):
            return []
        words = {f"words_{at}": list(one) for at, one in enumerate(wanted)}
        return self._fetch(session, statement, {**values, **words}, wanted)

    def records(self, session: Session, wanted: Sequence[tuple[str, uuid.UUID]], acting: Acting) -> list[Found]:
        """These records as far as the person may see them, in this order, in one statement."""
        ids: dict[str, list[uuid.UUID]] = {}
        for noun, row_id in wanted:
            if noun in self._heads:
                ids.setdefault(noun, []).append(row_id)
        if not ids:
            return []
        selects = [self._heads[noun].these(some, acting) for noun, some in ids.items()]
        found = {(one.noun, one.id): one for one in self._fetch(session, sa.union_all(*selects), {})}
        return [found[one] for one in wanted if one in found]

    def _fetch(
        self, session: Session, statement: Any, values: Mapping[str, Any], wanted: names.Meanings = ()
    ) -> list[Found]:
        rows = session.execute(statement, values)
        return [self._heads[row.noun].read(row, wanted) for row in rows if row.row_id is not None]


#: For the rest of the transaction: names are looked up by the index of their words, however many PostgreSQL expects to
#: find. It counts on words being spread evenly, and would read a million names to find the fifth of five.
_PLANNING = {
    "enable_seqscan": "off",
    "enable_indexscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
}
#: Not a row.
_WALK_INDEXES = sa.select(
    sa.func.concat(*(sa.func.set_config(name, value, sa.true()) for name, value in _PLANNING.items())).label("noun"),
    sa.cast(sa.null(), sa.Uuid).label("row_id"),
    *(sa.cast(sa.null(), sa.Text).label(name) for name in ("title", "note", "status")),
    sa.literal_column("0.0").label("rank"),
    sa.cast(sa.null(), sa.ARRAY(sa.Text)).label("words"),
)
