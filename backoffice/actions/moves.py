"""What actions on a status machine share: the dry run of a step, and the result of a set-based one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions.base import Inputs, Plan, Result, Settled, Target, Verdict
from backoffice.enums import Status
from backoffice.services.transitions import Outcome, refusal

STALE = "Someone else changed this record since you opened it."


def plan_move(to: Status, sentence: str) -> Plan:
    """A dry run that says `sentence` where the person may move the row to `to`, and otherwise why not."""

    def plan(_session: Session, rows: Sequence[Any], _inputs: Inputs, acting: Acting) -> list[Verdict]:
        return [verdict(row, to, acting, sentence) for row in rows]

    return plan


def verdict(row: Any, to: Status, acting: Acting, sentence: str) -> Verdict:
    """Whether `acting` may move `row` to `to` (B12)."""
    if row.status.allows(to, acting.actor):
        return Verdict(target_id=row.id, ok=True, message=sentence)
    return Verdict(target_id=row.id, ok=False, message=refusal(row.status, to, acting.actor), code="illegal_transition")


def seen(targets: Iterable[Target]) -> dict[uuid.UUID, int | None]:
    """Target ids with the versions that the person saw."""
    return {target.id: target.version for target in targets}


def settled(outcomes: Iterable[Outcome], to: Status, acting: Acting, done: str) -> Mapping[uuid.UUID, Settled]:
    """The result of each row: `done`, or the sentence that says why it was left alone."""
    return {outcome.id: _settled(outcome, to, acting, done) for outcome in outcomes}


def _settled(outcome: Outcome, to: Status, acting: Acting, done: str) -> Settled:
    if outcome.moved:
        return Settled(result=Result.DONE, message=done)
    if outcome.refusal is not None:
        return Settled(result=Result.REFUSED, message=outcome.refusal, code="not_allowed")
    if outcome.before is None:
        return Settled(result=Result.REFUSED, message="There is no such record.", code="not_found")
    if not outcome.fresh:
        return Settled(result=Result.REFUSED, message=STALE, code="stale")
    return Settled(result=Result.REFUSED, message=refusal(outcome.before, to, acting.actor), code="illegal_transition")
