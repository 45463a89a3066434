"""What hangs on a row: what a person must know before deleting it, and what keeps an import from being undone."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

_MOST: Final = 1000
#: What happened to a row is no use of it.
_RECORDS: Final = frozenset({"stock_movements"})


def counts(session: Session, model: type[Any], row_id: Any, *, living: bool = False) -> list[tuple[str, str]]:
    """How many rows of each table point at this one, up to 1,000; only those not deleted if `living`."""
    table = model.__table__
    found = []
    for other in table.metadata.sorted_tables:
        if other.name in _RECORDS:
            continue
        for key in other.foreign_keys:
            if key.column.table is table and key.parent.name != "deleted_by":
                inner: sa.Select[tuple[Any]] = (
                    sa.select(sa.literal_column("1")).select_from(other).where(key.parent == row_id)
                )
                if living and "deleted_at" in other.columns:
                    inner = inner.where(other.c.deleted_at.is_(None))
                limited = inner.limit(_MOST + 1).subquery()
                count = session.scalar(sa.select(sa.func.count()).select_from(limited)) or 0
                if count:
                    found.append((other.name.replace("_", " "), f"{_MOST:,}+" if count > _MOST else f"{count:,}"))
    return found
