"""The rows of an import as its page shows them, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Import, ImportRow
from models.imports import RowResult, Verdict

#: Rows of a page.
SIZE: Final = 50


def page(session: Session, kept: Import, which: str, after: int) -> tuple[Sequence[ImportRow], bool]:
    """The rows below line `after` with the verdict or result `which` (all when it is none), and whether more follow."""
    statement = sa.select(ImportRow).where(ImportRow.import_id == kept.id, ImportRow.position > after)
    if which in set(Verdict):
        statement = statement.where(ImportRow.verdict == Verdict(which))
    elif which in set(RowResult):
        statement = statement.where(ImportRow.result == RowResult(which))
    found = session.scalars(statement.order_by(ImportRow.position).limit(SIZE + 1)).all()
    return found[:SIZE], len(found) > SIZE


def examples(session: Session, kept: Import) -> list[str]:
    """Of each column the first text below its heading, as far as the first rows have one."""
    first = sa.select(ImportRow.cells).where(ImportRow.import_id == kept.id).order_by(ImportRow.position).limit(20)
    rows = session.scalars(first).all()
    return [
        next((row[number] for row in rows if isinstance(row[number], str)), "") for number in range(len(kept.headings))
    ]
