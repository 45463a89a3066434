"""From a click to a queued operation, in one transaction (architecture, "An action"). The one path for page and CLI.

`plan` is the dry run, `submit` makes the operation, `approve` and `reject` are the second person's, `cancel` and
`retry_failed` are about operations that exist. All but `plan` expect the caller to commit; the worker is woken then.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.actions import selection as select
from backoffice.actions.base import Action
from backoffice.actions.decide import approve, can_retry, cancel, reject, retry_failed
from backoffice.actions.inputs import clean, summary
from backoffice.actions.planning import Plan, judge, plan, require
from backoffice.actions.recording import ask_second_person, insert_items, insert_operation, snapshot_items
from backoffice.actions.selection import Ids, Matching, One, Selection
from backoffice.clock import NOW
from backoffice.errors import DomainError, InvalidInputError, StaleVersionError
from backoffice.permissions import Role
from backoffice.services import operations
from models import Operation

__all__ = [
    "Ids", "Matching", "One", "Plan", "Selection", "approve", "can_retry", "cancel", "clean", "plan", "reject",
    "retry_failed", "submit",
]  # fmt: skip

_KEY_LENGTH: Final = 64


def submit(
    session: Session,
    action: Action,
    selection: Selection,
    inputs: Mapping[str, Any],
    *,
    client_key: str,
    acting: Acting,
    panel: Role,
    reason: str | None = None,
    review: str | None = None,
    rests: bool = False,
) -> Operation:
    """Make the operation and wake a worker after the commit, or let it wait for a second person (WHO-1).

    `inputs` are the form's raw values. The same `client_key` of the same person gives the operation that exists (M18).
    What `rests`, or is of the queue `review`, waits for a moment in which `cancel` takes it back.
    Raises `ForbiddenError`, `InvalidInputError`, `NotFoundError` (one foreign or missing id refuses the whole batch),
    `StaleVersionError` and other `DomainError`s when ticked targets would all be refused; nothing is written then.
    """
    require(action, acting)
    if acting.user_id is None:
        raise InvalidInputError("An operation needs a person.", code="no_person")
    if not 0 < len(client_key) <= _KEY_LENGTH:
        raise InvalidInputError("The request has no valid key.", field="client_key")
    cleaned = clean(action, inputs)
    mark = select.fingerprint(selection, cleaned)
    existing = _existing(session, action, client_key, acting.user_id, mark)
    if existing is not None:
        return existing
    if isinstance(selection, Ids | Matching) and not (action.bulk or _is_single(selection)):
        raise InvalidInputError(f"{action.label}: one record at a time.", code="not_bulk")
    outcome, seen = _checked(session, action, selection, cleaned, acting)
    operation_id = insert_operation(
        session,
        action,
        client_key=client_key,
        acting=acting,
        panel=panel,
        inputs=cleaned,
        reason=reason or summary(cleaned),
        selection=_record(selection, outcome, mark, review),
        second_person_required=outcome is not None and outcome.second_person,
    )
    if operation_id is None:
        return _twin(session, action, client_key, acting.user_id, mark)
    operation = session.get_one(Operation, operation_id)
    if isinstance(selection, Matching) and not seen:
        operation.total = snapshot_items(session, operation_id, action, selection, acting)
    else:
        operation.total = insert_items(session, operation_id, seen)
    session.flush()
    if operation.second_person_required and outcome is not None:
        # What cannot go ahead now must not slip out later under an agreement that did not count it.
        refused = {verdict.target_id: verdict.message for verdict in outcome.verdicts if not verdict.ok}
        operations.leave_out(session, operation.id, refused)
        ask_second_person(session, action, operation, outcome.totals)
    else:
        _wake(session, operation, rests=rests or review is not None)
    return operation


def _wake(session: Session, operation: Operation, *, rests: bool) -> None:
    """Ring for a worker; what rests for a moment is left to the relay, which finds it then."""
    if not rests:
        queue.wake_after_commit(session, operation.queue, operations.KIND, operation.id)
        return
    operation.run_after = operation.due_since = NOW + operations.TAKE_BACK
    session.flush()


def _twin(session: Session, action: Action, client_key: str, actor_id: uuid.UUID, mark: str) -> Operation:
    """The operation of an identical request that was a moment faster; it has committed, or we would still wait."""
    twin = _existing(session, action, client_key, actor_id, mark)
    if twin is None:
        raise DomainError("This request is being handled already; look at your operations.", code="duplicate")
    return twin


def _record(selection: Selection, outcome: Plan | None, mark: str, review: str | None) -> dict[str, Any]:
    """How the targets were chosen, in which queue, and the sums that were shown, as kept with the operation."""
    record: dict[str, Any] = {"kind": type(selection).__name__.lower(), "fingerprint": mark}
    if review is not None:
        record["review"] = review
    if isinstance(selection, Matching):
        record["filter"] = dict(selection.filter)
    if outcome is not None:
        record["totals"] = {currency: format(amount, "f") for currency, amount in outcome.totals.items()}
    return record


def _existing(session: Session, action: Action, client_key: str, actor_id: uuid.UUID, mark: str) -> Operation | None:
    """The operation of this key, which must be about the same (IDE-3)."""
    found = session.scalars(
        sa.select(Operation).where(Operation.actor_id == actor_id, Operation.client_key == client_key)
    ).one_or_none()
    if found is None:
        return None
    if found.action != action.key or (found.selection or {}).get("fingerprint", mark) != mark:
        raise InvalidInputError("This key belongs to another operation.", field="client_key")
    return found


def _is_single(selection: Ids | Matching) -> bool:
    return isinstance(selection, Ids) and len(select.ticked(selection)) == 1


def _checked(
    session: Session, action: Action, selection: Selection, inputs: Mapping[str, Any], acting: Acting
) -> tuple[Plan | None, dict[uuid.UUID, int | None]]:
    """The plan and the versions seen. A filter is only planned when a second person might be needed: the worker judges.

    Raises the refusal of the first target when every ticked one would be refused.
    """
    entity: Any = action.entity
    if isinstance(selection, Matching):
        if action.second_person is None:
            return None, {}
        rows = select.rows(session, action, select.matching(action, selection, acting), limit=select.MAX_MATCHING + 1)
        seen = {row.id: getattr(row, action.version_attribute, None) for row in rows}
        return judge(session, action, rows, seen, inputs, acting), seen
    seen = select.versions(session, action, selection, acting)
    outcome = judge(session, action, select.rows(session, action, entity.id.in_(list(seen))), seen, inputs, acting)
    if not outcome.possible:
        first = outcome.verdicts[0]
        if first.code == "stale":
            raise StaleVersionError(first.message)
        raise DomainError(first.message, code=first.code)
    return outcome, seen
