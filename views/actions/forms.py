"""The form of an action as it is shown: what was typed, else its initial values, and the people who may be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions.base import Action
from backoffice.actions.people import ColleagueField


def shown(session: Session, action: Action, typed: Mapping[str, Any] | None, *, row: Any = None, acting: Acting) -> Any:
    """The form, or None for an action that asks nothing. `row` is the one target; many have no initial values."""
    if action.form is None:
        return None
    prefill = getattr(action.form, "for_target", None)
    form = action.form(typed, data=prefill(session, row) if prefill is not None and row is not None else {})
    for field in form:
        if isinstance(field, ColleagueField):
            field.offer(session, acting)
    return form
