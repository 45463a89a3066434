"""The form of an action as it is shown: what was typed, else its initial values, and the people who may be chosen."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions.base import Action
from backoffice.actions.people import ColleagueField
from backoffice.services import scope


def shown(
    session: Session,
    action: Action,
    typed: Mapping[str, Any] | None,
    *,
    target_id: uuid.UUID | None = None,
    acting: Acting,
) -> Any:
    """The form, or None for an action that asks nothing. Many targets (no `target_id`) have no initial values.

    Raises `NotFoundError` for a target that the person may not see (ACC-1).
    """
    if action.form is None:
        return None
    prefill = getattr(action.form, "for_target", None)
    initial: dict[str, Any] = {}
    if prefill is not None and target_id is not None:
        initial = prefill(session, scope.get_visible(session, action.entity, target_id, acting))
    form = action.form(typed, data=initial)
    for field in form:
        if isinstance(field, ColleagueField):
            field.offer(session, acting)
    return form
