"""Changing a status: checked against machine and actor, with its history row, in the same transaction (STM-1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor, Status
from backoffice.errors import IllegalTransitionError
from models import StatusHistory
from models.base import uuid7


def move(
    session: Session,
    row: Any,
    to: Status,
    *,
    acting: Acting,
    reason: str | None = None,
    field: str = "status",
    actor: Actor | None = None,
) -> None:
    """Move `row` (read locked) to `to` and write its history row.

    `actor` says in whose name when it is not the person's own role: a job that follows from a person's decision acts as
    `Actor.SYSTEM`, an answer of Stripe as `Actor.PROVIDER`. Raises `IllegalTransitionError`.
    """
    current: Status = getattr(row, field)
    letter = actor or acting.actor
    if not current.allows(to, letter):
        raise IllegalTransitionError(refusal(current, to))
    setattr(row, field, to)
    session.add(
        StatusHistory(
            entity=row.__tablename__,
            field=field,
            entity_id=row.id,
            from_status=current.value,
            to_status=to.value,
            actor_id=acting.user_id,
            actor=letter.value,
            reason=reason,
            request_id=acting.request_id,
        )
    )
    session.flush()


def move_many(
    session: Session,
    entity: type[Any],
    wanted: sa.ColumnElement[bool],
    to: Status,
    *,
    acting: Acting,
    values: dict[str, Any] | None = None,
    reason: str | None = None,
) -> Sequence[uuid.UUID]:
    """Move every row that matches `wanted` and may reach `to`, in one UPDATE and one INSERT; returns the ids moved.

    The compare-and-set is the WHERE clause: a row that somebody else moved meanwhile is simply not among the ids.
    """
    sources = type(to).sources(to, acting.actor)
    table = entity.__table__
    old = sa.select(table.c.id, table.c.status).where(wanted, table.c.status.in_(sources)).with_for_update().cte("old")
    changed = (
        sa.update(table)
        .where(table.c.id == old.c.id)
        .values(status=to, **(values or {}))
        .returning(table.c.id, old.c.status.label("from_status"))
    )
    moved = session.execute(changed).all()
    if moved:
        session.execute(
            sa.insert(StatusHistory),
            [
                {
                    "id": uuid7(),
                    "entity": table.name,
                    "entity_id": row.id,
                    "from_status": row.from_status.value,
                    "to_status": to.value,
                    "actor_id": acting.user_id,
                    "actor": acting.actor.value,
                    "reason": reason,
                    "request_id": acting.request_id,
                }
                for row in moved
            ],
        )
    return [row.id for row in moved]


def refusal(current: Status, to: Status) -> str:
    """The sentence that explains why `to` may not follow `current`."""
    after = ", ".join(member.label for member in current.following) or "nothing"
    return f"{current.label} cannot become {to.label}: after {current.label} comes {after}."
