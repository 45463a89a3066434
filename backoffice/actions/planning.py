"""The dry run: what an action would do to each target, and what it would cost. It changes nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import selection as select
from backoffice.actions.base import Action, Inputs, Verdict
from backoffice.actions.selection import PREVIEW, Matching, Selection
from backoffice.errors import ForbiddenError

STALE = "Someone else changed this record since you opened it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen. `verdicts` are the first `PREVIEW` of `count` targets when a filter chose them.

    `totals` are sums by currency of the targets that would go ahead, over the verdicts that are here.
    """

    verdicts: Sequence[Verdict]
    count: int
    totals: Mapping[str, Decimal]
    second_person: bool

    @property
    def complete(self) -> bool:
        """Whether every target has its verdict here."""
        return len(self.verdicts) == self.count

    @property
    def possible(self) -> int:
        """How many of the verdicts say yes."""
        return sum(1 for verdict in self.verdicts if verdict.ok)


def require(action: Action, acting: Acting) -> None:
    """Raise `ForbiddenError` unless the person may use the action."""
    if not acting.may(action.permission):
        raise ForbiddenError(f"You may not do this: {action.label}.")


def plan(session: Session, action: Action, selection: Selection, inputs: Inputs, acting: Acting) -> Plan:
    """The verdict on each target, with cleaned `inputs` (may be empty while the form is still open).

    Raises `ForbiddenError`, `NotFoundError` for a foreign or missing id, `InvalidInputError` for too many targets.
    """
    require(action, acting)
    entity: Any = action.entity
    if isinstance(selection, Matching):
        where = select.matching(action, selection, acting)
        inside = sa.select(entity.id).where(where).limit(select.MAX_MATCHING + 1).subquery()
        count = session.scalars(sa.select(sa.func.count()).select_from(inside)).one()
        targets = select.rows(session, action, where, limit=PREVIEW)
        seen: Mapping[uuid.UUID, int | None] = {}
    else:
        seen = select.versions(session, action, selection, acting)
        count = len(seen)
        targets = select.rows(session, action, entity.id.in_(list(seen)))
    return judge(session, action, targets, seen, inputs, acting, count=count)


def judge(
    session: Session,
    action: Action,
    targets: Sequence[Any],
    seen: Mapping[uuid.UUID, int | None],
    inputs: Inputs,
    acting: Acting,
    *,
    count: int | None = None,
) -> Plan:
    """Verdicts on loaded targets: first version and status, which hold for every action, then the action's own."""
    early = {target.id: verdict for target in targets if (verdict := _general(action, target, seen.get(target.id)))}
    rest = [target for target in targets if target.id not in early]
    own = {verdict.target_id: verdict for verdict in action.plan(session, rest, inputs, acting)} if rest else {}
    order = list(seen) or [target.id for target in targets]
    verdicts = [(early.get(target) or own[target]) for target in order]
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for verdict in verdicts:
        if verdict.ok and verdict.amount is not None and verdict.currency is not None:
            totals[verdict.currency] += verdict.amount
    going = {verdict.target_id for verdict in verdicts if verdict.ok}
    return Plan(
        verdicts=verdicts,
        count=len(verdicts) if count is None else count,
        totals=dict(totals),
        second_person=action.second_person is not None
        and bool(going)
        and action.second_person(session, [target for target in rest if target.id in going], inputs),
    )


def not_now(action: Action, row: Any) -> str | None:
    """Why the row's status forbids the action; None when it does not."""
    status = getattr(row, action.status_attribute, None)
    if action.allowed_from is None or status is None or status in action.allowed_from:
        return None
    order = [member for member in type(status) if member in action.allowed_from]
    return f"It is {status.label.lower()}; this needs {' or '.join(member.label.lower() for member in order)}."


def content_hash(
    action: str, inputs: Inputs, targets: Sequence[tuple[uuid.UUID, int | None]], totals: Mapping[str, Decimal]
) -> str:
    """SHA-256 of what a second person agrees to: action, inputs, targets, their versions, the sums (PAY-5, M10)."""
    content = {
        "action": action,
        "inputs": dict(inputs),
        "targets": sorted([str(target), version] for target, version in targets),
        "totals": {currency: format(amount.normalize(), "f") for currency, amount in sorted(totals.items())},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _general(action: Action, row: Any, seen: int | None) -> Verdict | None:
    current = getattr(row, action.version_attribute, None)
    if seen is not None and current != seen:
        return Verdict(target_id=row.id, ok=False, code="stale", message=STALE)
    refusal = not_now(action, row)
    return Verdict(target_id=row.id, ok=False, code="illegal_transition", message=refusal) if refusal else None
