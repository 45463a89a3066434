"""Writes the rows of a new operation: itself, one item a target, and the question to a second person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import selection as select
from backoffice.actions.base import Action, Chunk
from backoffice.actions.planning import content_hash
from backoffice.actions.selection import MAX_MATCHING, Matching
from backoffice.clock import NOW
from backoffice.errors import InvalidInputError
from backoffice.permissions import Role, allows
from backoffice.services import operations, people, settings
from backoffice.services.notifications import notify
from models import Approval, Operation, OperationItem
from models.base import uuid7
from models.operation import OperationStatus


def insert_operation(session: Session, action: Action, *, client_key: str, acting: Acting, **values: Any) -> Any:
    """Insert the row and return its id, or None when this person has used the key before (M18).

    `values` are further columns. A twin request that has not committed yet is waited for.
    """
    waits = values["second_person_required"]
    return session.scalar(
        insert(Operation)
        .values(
            id=uuid7(),
            action=action.key,
            entity=action.entity.__tablename__,
            actor_id=acting.user_id,
            client_key=client_key,
            status=OperationStatus.AWAITING_APPROVAL if waits else OperationStatus.QUEUED,
            queue=action.queue,
            request_id=acting.request_id,
            run_after=operations.first_look(),
            **values,
        )
        .on_conflict_do_nothing(index_elements=["actor_id", "client_key"])
        .returning(Operation.id)
    )


def insert_items(session: Session, operation_id: uuid.UUID, seen: Mapping[uuid.UUID, int | None]) -> int:
    """One item for each target with the version it is held to; returns how many."""
    if seen:
        session.execute(
            sa.insert(OperationItem),
            [
                {"operation_id": operation_id, "position": position, "target_id": target, "target_version": version}
                for position, (target, version) in enumerate(seen.items(), start=1)
            ],
        )
    return counted(len(seen))


def snapshot_items(
    session: Session, operation_id: uuid.UUID, action: Action, selection: Matching, acting: Acting
) -> int:
    """One item for each row that matches now, with its version of now, in one INSERT ... SELECT; returns how many."""
    entity: Any = action.entity
    together = action.run.together if isinstance(action.run, Chunk) else None
    order = [getattr(entity, together), entity.id] if together else [entity.id]
    chosen = (
        sa.select(
            sa.literal(operation_id, sa.Uuid()),
            sa.func.row_number().over(order_by=order),
            entity.id,
            sa.cast(select.version_column(action), sa.Integer),
        )
        .where(select.matching(action, selection, acting))
        .limit(MAX_MATCHING + 1)
    )
    columns = ["operation_id", "position", "target_id", "target_version"]
    made = sa.insert(OperationItem).from_select(columns, chosen, include_defaults=False)
    made_rows = made.returning(OperationItem.position).cte("made")
    return counted(session.scalars(sa.select(sa.func.count()).select_from(made_rows)).one())


def counted(total: int) -> int:
    """`total`, when it is a number of targets that an operation may have. Raises `InvalidInputError`."""
    if total == 0:
        raise InvalidInputError("Nothing matches the filter.", code="nothing_selected")
    if total > MAX_MATCHING:
        raise InvalidInputError(f"More than {MAX_MATCHING:,} rows match; narrow the filter.", code="too_many")
    return total


def ask_second_person(session: Session, action: Action, operation: Operation, totals: Mapping[str, Decimal]) -> None:
    """Open the approval, pinned to what is asked for, and tell those who can give it (PAY-5)."""
    hours = int(settings.get(session, "operations.approval_hours"))
    pinned = content_hash(operation.action, operation.inputs, operations.targets(session, operation), totals)
    session.add(
        Approval(
            operation_id=operation.id,
            requested_by=operation.actor_id,
            content_hash=pinned,
            expires_at=session.scalars(sa.select(NOW)).one() + dt.timedelta(hours=hours),
        )
    )
    session.flush()
    permission = action.approve_permission or action.permission
    able = [user for role in Role if allows(role, permission) for user in people.active(session, role)]
    notify(
        session,
        [user for user in able if user != operation.actor_id],
        event="operation.awaiting_approval",
        title=f"{action.label}: a second person is needed",
        message=operation.reason or f"{operation.total} selected.",
        subject=("operation", operation.id),
    )
