"""Carries out an operation: takes it, works through its items in batches, ends it or hands it back (JOB-1 to JOB-4)."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.base import External
from backoffice.actions.planning import content_hash
from backoffice.jobs import limits, preflight
from backoffice.jobs.crash_points import reach
from backoffice.jobs.holding import Holding
from backoffice.jobs.runners import batch_size, carry_out
from backoffice.jobs.runtime import Runtime
from backoffice.services import operations, operations_approvals, operations_items, operations_lease, operations_rights
from backoffice.services.leases import LeaseLostError
from backoffice.services.operations_items import Taken
from models import Operation
from models.operation import OperationItemStatus as Item

_log = logging.getLogger(__name__)


def run(runtime: Runtime, operation_id: uuid.UUID) -> None:
    """Work on the operation for at most a slice of time; returns at once when there is nothing to do (JOB-2)."""
    reach("before_claim")
    holding = _claim(runtime, operation_id)
    if holding is None:
        return
    reach("claimed")
    limit = time.monotonic() + limits.SLICE
    try:
        preflight.fly(holding)
        while batch := _next_batch(holding, limit):
            reach("taken")
            carry_out(holding, batch)
        reach("ended")
    except LeaseLostError:
        _log.warning("Another worker has taken this operation over.")


def _claim(runtime: Runtime, operation_id: uuid.UUID) -> Holding | None:
    """Take the operation, if it is due and free."""
    with runtime.sessions.begin() as session:
        operation = operations_lease.claim(session, operation_id, limits.lease())
        if operation is None:
            return None
        action = registry.get(operation.action)
        lease = limits.lease()
        if isinstance(action.run, External):
            lease = limits.lease(runtime.payments.worst_case_seconds)
        acting, _refusal = operations_rights.maker(session, operation, action.permission)
        assert operation.lease_token is not None  # noqa: S101 - claim() has just set it
        reach("claimed_uncommitted")
        return Holding(
            runtime=runtime,
            operation_id=operation.id,
            token=operation.lease_token,
            action=action,
            inputs=operation.inputs,
            acting=acting,
            lease=lease,
        )


def _next_batch(holding: Holding, limit: float) -> list[Taken]:
    """Check the rights anew, drop what was cancelled, take what comes next; when there is nothing, conclude."""
    action = holding.action
    with holding.transaction() as session:
        operation = session.get_one(Operation, holding.operation_id, populate_existing=True)
        holding.acting, refusal = operations_rights.maker(session, operation, action.permission)
        refusal = refusal or _agreement(session, operation, holding)
        if refusal:
            operations_items.refuse_rest(session, operation.id, refusal)
        if holding.cancelling:
            untouched = isinstance(action.run, External)
            operations.drop_items(session, operation.id, Item.CANCELLED, "Cancelled.", untouched=untouched)
        batch: list[Taken] = []
        if not holding.runtime.stopping and time.monotonic() < limit:
            batch = operations_items.take(session, operation.id, lambda attempts: batch_size(action.run, attempts))
        if not batch:
            _conclude(session, holding, operation)
            reach("ended_uncommitted")
        return batch


def _agreement(session: Session, operation: Operation, holding: Holding) -> str | None:
    """Why the second person's agreement does not hold (any more); None when it does or none is needed (PAY-5, U8)."""
    if not operation.second_person_required:
        return None
    action = holding.action
    permission = action.approve_permission or action.permission
    refusal = operations_rights.checker(session, operation, permission)
    if refusal is None and holding.compared:
        return None
    holding.compared = True
    pinned = content_hash(
        operation.action, operation.inputs, operations.targets(session, operation), _totals(operation)
    )
    return operations_approvals.hold(session, operation, pinned, refusal)


def _totals(operation: Operation) -> Mapping[str, Decimal]:
    chosen: Mapping[str, Any] = operation.selection or {}
    return {currency: Decimal(amount) for currency, amount in chosen.get("totals", {}).items()}


def _conclude(session: Session, holding: Holding, operation: Operation) -> None:
    """End the operation when every item is over; otherwise hand it back, and wake the next worker if more is due."""
    found = operations.counts(session, operation.id)
    if found.get(Item.QUEUED) or found.get(Item.RUNNING):
        due = operations_lease.hand_back(session, operation)
        if due and not holding.runtime.stopping:
            queue.wake_after_commit(session, operation.queue, operations.KIND, operation.id)
        return
    operations.end(session, operation, found, label=holding.action.label, acting=_system(operation))


def _system(operation: Operation) -> Acting:
    return Acting.system(request_id=operation.request_id)
