"""Ways to find a row by what was typed; each uses an index, none casts or scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from models.base import HasDeletedAt
from views.access import Branch
from views.columns import words
from views.ids import parse_uuid

MAX_QUERY = 200


def clean(text: str | None) -> str:
    """What was typed, without what PostgreSQL refuses (NUL) and not longer than anybody types."""
    return (text or "").replace("\x00", "").strip()[:MAX_QUERY]


def exact(column: Any, *, lower: bool = False) -> Branch:
    """Rows whose indexed `column` is what was typed."""
    return Branch(hint=_hint(column), clause=lambda text: column == _as_stored(text, lower=lower), reads=column.key)


def through(reference: Any, column: Any, *, lower: bool = False) -> Branch:
    """Rows whose `reference` is the row that the indexed `column` of its entity finds: disputes by order number."""
    target: Any = column.class_
    there = target.deleted_at.is_(None) if issubclass(target, HasDeletedAt) else sa.true()

    def clause(text: Any) -> sa.ColumnElement[bool]:
        found = sa.select(target.id).where(column == _as_stored(text, lower=lower), there)
        return reference == found.scalar_subquery()

    return Branch(hint=_hint(column), clause=clause, reads=reference.key)


def full_text(vector: Any) -> Branch:
    """Rows whose search vector matches, in the language of web search boxes."""
    language = sa.literal_column("'simple'")
    matches = vector.op("@@", is_comparison=True)
    return Branch(hint="words", clause=lambda text: matches(sa.func.websearch_to_tsquery(language, text)))


def _as_stored(text: Any, *, lower: bool) -> Any:
    """A text, or the parameter for it, as the column has it."""
    return sa.func.lower(text, type_=sa.Text) if lower else text


def _hint(column: Any) -> str:
    """The column's name as it stands inside a sentence."""
    name = words(column.key)
    return name if name[:2].isupper() or name.startswith("Stripe") else name[:1].lower() + name[1:]


def hint(branches: Sequence[Branch]) -> str:
    """What can be typed into the search box: `Search by SKU, words or ID`."""
    *others, last = [*dict.fromkeys(branch.hint for branch in branches), "ID"]
    return f"Search by {', '.join(others)} or {last}"


def condition(model: type[Any], branches: Sequence[Branch], text: str) -> sa.ColumnElement[bool] | None:
    """The WHERE of a search: an id finds its row; everything else asks each branch. None when nothing was typed."""
    if not text:
        return None
    row_id = parse_uuid(text)
    if row_id is not None:
        return model.id == row_id
    return by_branches(branches, text)


def by_branches(branches: Sequence[Branch], text: Any) -> sa.ColumnElement[bool]:
    """What each branch finds by a text, or by the parameter for it."""
    return sa.or_(sa.false(), *(branch.clause(text) for branch in branches))
