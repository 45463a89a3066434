"""Ways to find a row by what was typed; each uses an index, none casts or scans."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from views.access import Branch

MAX_QUERY = 200


def clean(text: str | None) -> str:
    """What was typed, without what PostgreSQL refuses (NUL) and not longer than anybody types."""
    return (text or "").replace("\x00", "").strip()[:MAX_QUERY]


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID in its usual spelling, or None."""
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def exact(column: Any, *, lower: bool = False) -> Branch:
    """Rows whose indexed `column` is what was typed."""

    def branch(text: str) -> sa.ColumnElement[bool] | None:
        return column == (text.lower() if lower else text)

    return branch


def full_text(vector: Any) -> Branch:
    """Rows whose search vector matches, in the language of web search boxes."""

    def branch(text: str) -> sa.ColumnElement[bool] | None:
        return vector.op("@@", is_comparison=True)(sa.func.websearch_to_tsquery(sa.literal_column("'simple'"), text))

    return branch


def condition(model: type[Any], branches: Sequence[Branch], text: str) -> sa.ColumnElement[bool] | None:
    """The WHERE of a search: an id finds its row; everything else asks each branch. None when nothing was typed."""
    if not text:
        return None
    row_id = parse_uuid(text)
    if row_id is not None:
        return model.id == row_id
    found = [clause for branch in branches if (clause := branch(text)) is not None]
    return sa.or_(*found) if found else sa.false()
