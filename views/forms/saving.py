"""From a validated form to the row: only what was touched is written, and only over the version that was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from backoffice.services import constraints


def touched(form: Any, names: Sequence[str]) -> frozenset[str]:
    """The fields whose value was changed in this form."""
    return frozenset(name for name in names if form[name].touched and form[name].data != form[name].object_data)


def apply(form: Any, row: Any, names: frozenset[str]) -> None:
    """Write the touched fields to the row."""
    for name in names:
        setattr(row, name, form[name].data)


def flush(session: Session, form: Any, names: Sequence[str]) -> list[str]:
    """Send the change to the database; what a constraint refuses becomes sentences, and the session is clean again.

    A sentence goes to the field whose column the constraint names; the others are returned. Lost connections and
    lock time-outs are not about the form: they are raised.
    """
    try:
        session.flush()
    except OperationalError:
        raise
    except DBAPIError as error:
        session.rollback()
        sentence = constraints.sentence_for(error)
        name = _field_of(error, names)
        if name is None:
            return [sentence]
        form[name].errors = [*form[name].errors, sentence]
    else:
        return []
    return [] if name else [sentence]


def _field_of(error: DBAPIError, names: Sequence[str]) -> str | None:
    """The form field that the broken constraint is about, found in the constraint's name."""
    diagnostics = getattr(error.orig, "diag", None)
    constraint = (getattr(diagnostics, "constraint_name", None) or "").lower()
    column = getattr(diagnostics, "column_name", None)
    if column in names:
        return str(column)
    found = [name for name in names if f"_{name}" in constraint]
    return max(found, key=len) if found else None


def referrers(session: Session, model: type[Any], row_id: Any) -> list[tuple[str, str]]:
    """How many rows of each table point at this one, up to 1,000: what a person must know before deleting it."""
    table = model.__table__
    found = []
    for other in table.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table and key.parent.name != "deleted_by":
                inner = sa.select(sa.literal_column("1")).select_from(other).where(key.parent == row_id).limit(1001)
                count = session.scalar(sa.select(sa.func.count()).select_from(inner.subquery())) or 0
                if count:
                    text = "1,000+" if count > 1000 else f"{count:,}"
                    found.append((other.name.replace("_", " "), text))
    return found
