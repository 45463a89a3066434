"""What a person can do with a record now, and for what is refused the reason: the answer to "why can't I?"."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import submit
from backoffice.actions.base import Action
from backoffice.actions.selection import One
from backoffice.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action on a record; `refusal` is why it is not possible now, empty when it is."""

    action: Action
    refusal: str = ""


def by_status(actions: Sequence[Action], status_of: Any) -> list[Step]:
    """The steps as far as the statuses decide; `status_of` gives the status that an action is about."""
    return [
        Step(action=action, refusal="" if _fits(action, status) else _when(action))
        for action in actions
        for status in (status_of(action),)
    ]


def judged(session: Session, steps: Sequence[Step], row_id: uuid.UUID, acting: Acting) -> list[Step]:
    """The same steps, those that the statuses allow put to the action's own dry run."""
    return [step if step.refusal else _judged(session, step.action, row_id, acting) for step in steps]


def _judged(session: Session, action: Action, row_id: uuid.UUID, acting: Acting) -> Step:
    try:
        plan = submit.plan(session, action, One(id=row_id, version=None), {}, acting)
    except DomainError as refusal:
        return Step(action=action, refusal=refusal.message)
    verdict = next(iter(plan.verdicts), None)
    return Step(action=action, refusal="" if verdict is None or verdict.ok else verdict.message)


def _fits(action: Action, status: Any) -> bool:
    return action.allowed_from is None or status in action.allowed_from


def _when(action: Action) -> str:
    """In which statuses the action makes sense, in the order of the machine."""
    allowed = action.allowed_from or frozenset()
    members = [member.label.lower() for member in type(next(iter(allowed))) if member in allowed] if allowed else []
    return f"Only while it is {' or '.join([', '.join(members[:-1]), members[-1]] if members[1:] else members)}."
