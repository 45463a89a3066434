"""From a validated form to the row: only what was touched is written, and only over the version that was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import constraints, row_changes


def touched(form: Any, names: Sequence[str]) -> frozenset[str]:
    """The fields whose value was changed in this form."""
    return frozenset(name for name in names if form[name].touched and form[name].data != form[name].object_data)


def fill(form: Any, row: Any, names: frozenset[str]) -> None:
    """Write these fields to a new row."""
    for name in names:
        setattr(row, name, form[name].data)


def apply(session: Session, form: Any, row: Any, names: frozenset[str], acting: Acting) -> frozenset[str]:
    """Write the touched fields to the row; returns those that wait for a review first (MOD-3)."""
    return row_changes.write(session, row, {name: form[name].data for name in names}, acting=acting)


def waits(form: Any) -> str | None:
    """What to say after a save of which something waits for a review; None when nothing does."""
    if not form.waiting:
        return None
    names = [one.label.text for one in form if one.name in form.waiting]
    return f"Saved. Waits for review, the shop keeps what it has until then: {', '.join(names)}."


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
        name = field_of(error, names)
        if name is None:
            return [sentence]
        form[name].errors = [*form[name].errors, sentence]
    else:
        return []
    return [] if name else [sentence]


def field_of(error: DBAPIError, names: Sequence[str]) -> str | None:
    """The form field that the broken constraint is about, found in the constraint's name."""
    diagnostics = getattr(error.orig, "diag", None)
    constraint = (getattr(diagnostics, "constraint_name", None) or "").lower()
    column = getattr(diagnostics, "column_name", None)
    if column in names:
        return str(column)
    found = [name for name in names if f"_{name}" in constraint]
    return max(found, key=len) if found else None
