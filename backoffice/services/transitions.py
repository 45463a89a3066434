"""Changing a status: checked against machine and actor, with its history row, in the same transaction (STM-1)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor, Status
from backoffice.errors import IllegalTransitionError
from backoffice.services import rows, scope
from models import StatusHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What `move_many` did with one row: moved, or why not. `owner` is the column asked for, such as the vendor."""

    id: uuid.UUID
    #: Status before; None when there is no such row, or none that the person may see.
    before: Status | None
    #: False when the row changed after the person saw it.
    fresh: bool
    moved: bool
    owner: Any = None
    #: Why a rule beside the machine left it alone.
    refusal: str | None = None


def move(
    session: Session,
    row: Any,
    to: Status,
    *,
    acting: Acting,
    reason: str | None = None,
    field: str = "status",
    actor: Actor | None = None,
    values: Mapping[str, Any] | None = None,
    flush: bool = True,
) -> None:
    """Move `row` (read locked) to `to`, set `values` in the same UPDATE, and write its history row.

    Callers with many rows leave `flush` to one flush of their own, which batches the statements.

    `actor` says in whose name when it is not the person's own role: a job that follows from a person's decision acts as
    `Actor.SYSTEM`, an answer of Stripe as `Actor.PROVIDER`. Raises `IllegalTransitionError`.
    """
    current: Status = getattr(row, field)
    letter = actor or acting.actor
    if not current.allows(to, letter):
        raise IllegalTransitionError(refusal(current, to, letter))
    for name, value in (values or {}).items():
        setattr(row, name, value)
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
    if flush:
        session.flush()


def move_many(
    session: Session,
    entity: type[Any],
    seen: Mapping[uuid.UUID, int | None],
    to: Status,
    *,
    acting: Acting,
    sources: Collection[Status] | None = None,
    values: Mapping[str, Any] | None = None,
    reason: str | None = None,
    version: str = "version",
    owner: str | None = None,
) -> list[Outcome]:
    """Move every row of `seen` that may reach `to`, with its history, in one statement however many there are.

    `seen` maps id to the version that the person saw (None: any); `version` names the column compared. Only rows in the
    person's scope and, when given, in one of `sources` are moved. The compare-and-set is inside the statement: rows are
    locked in id order, so two such calls never deadlock, and what somebody else moved meanwhile is reported, not moved.
    """
    # No part is joined to another by id: PostgreSQL expects few rows of each and would compare all with all.
    table = entity.__table__
    able = type(to).sources(to, acting.actor)
    able = able if sources is None else able & frozenset(sources)
    types = {"id": sa.Uuid(), "version": sa.Integer()}
    wanted = rows.table("wanted", types, ({"id": key, "version": version} for key, version in seen.items()))
    fresh = sa.or_(wanted.c.version.is_(None), wanted.c.version == table.c[version])
    old = (
        sa.select(table.c.id, table.c.status, fresh.label("fresh"), _owner(table, owner))
        .join_from(wanted, table, table.c.id == wanted.c.id)
        .where(scope.predicate(entity, acting))
        .order_by(table.c.id)
        .with_for_update(of=table)
        .cte("old")
    )
    moves = sa.and_(old.c.fresh, old.c.status.in_(able))
    changed = (
        sa.update(table)
        .where(table.c.id == old.c.id, moves)
        .values(status=to, **(values or {}))
        .returning(table.c.id, old.c.status)
        .cte("changed")
    )
    history = _history(table.name, changed, to, acting=acting, reason=reason)
    query = sa.select(old.c.id, old.c.status, old.c.fresh, old.c.owner, moves.label("moved")).add_cte(history)
    found = {
        row.id: Outcome(id=row.id, before=row.status, fresh=row.fresh, moved=row.moved, owner=row.owner)
        for row in session.execute(query)
    }
    return [found.get(key) or Outcome(id=key, before=None, fresh=False, moved=False) for key in seen]


def refusal(current: Status, to: Status, actor: Actor | None = None) -> str:
    """The sentence that explains why `to` may not follow `current`, or not by this `actor`."""
    if actor is not None and current.allows(to):
        return f"{current.label} becomes {to.label} too, but that is not yours to decide."
    after = ", ".join(member.label for member in current.following) or "nothing"
    return f"{current.label} cannot become {to.label}: after {current.label} comes {after}."


def _owner(table: sa.Table, owner: str | None) -> sa.ColumnElement[Any]:
    column: sa.ColumnElement[Any] = sa.null() if owner is None else table.c[owner]
    return column.label("owner")


def _history(entity: str, changed: sa.CTE, to: Status, *, acting: Acting, reason: str | None) -> sa.CTE:
    """INSERT of one history row for each row in `changed`."""
    row: Sequence[tuple[str, Any]] = (
        ("id", sa.func.uuid7()),
        ("entity", sa.literal(entity)),
        ("field", sa.literal("status")),
        ("entity_id", changed.c.id),
        ("from_status", sa.cast(changed.c.status, sa.String(32))),
        ("to_status", sa.literal(to.value)),
        ("actor_id", sa.literal(acting.user_id, sa.Uuid())),
        ("actor", sa.literal(acting.actor.value)),
        ("reason", sa.literal(reason, sa.Text())),
        ("request_id", sa.literal(acting.request_id)),
    )
    steps = sa.select(*(value.label(name) for name, value in row)).select_from(changed)
    # Without `include_defaults=False` every row would get the same id, made once in Python.
    insert = sa.insert(StatusHistory).from_select([name for name, _ in row], steps, include_defaults=False)
    return insert.returning(StatusHistory.id).cte("history")
