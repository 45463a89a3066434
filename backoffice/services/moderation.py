"""Keeping every decision of a moderator: who, what, about which version, why, and what was said (MOD-1, MOD-2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import rows
from backoffice.services.transitions import Outcome
from models import ModerationDecision
from models.moderation_decision import ModerationVerdict


def record(
    session: Session,
    entity: type[Any],
    outcomes: Iterable[Outcome],
    verdict: ModerationVerdict,
    *,
    vendor: Any,
    seen: Any,
    acting: Acting,
    reason: str | None = None,
    message: str | None = None,
    note: str | None = None,
    rule: str | None = None,
) -> None:
    """Keep the decision about each row that moved, in one statement.

    `vendor` and `seen` are expressions over `entity`: whose it is, and which version was decided about. `message` went
    to the vendor, `note` stays in the house; `rule` is the rule by which the system decided (MOD-6).
    """
    moved = [outcome.id for outcome in outcomes if outcome.moved]
    if not moved:
        return
    row = {
        "id": sa.func.uuid7(),
        "entity": sa.literal(entity.__tablename__),
        "entity_id": entity.id,
        "vendor_id": vendor,
        "verdict": sa.literal(verdict.value),
        "seen_version": seen,
        "decided_by": sa.literal(acting.user_id, sa.Uuid()),
        "rule": sa.literal(rule, sa.String(40)),
        "reason": sa.literal(reason, sa.String(40)),
        "message": sa.literal(message, sa.Text()),
        "note": sa.literal(note, sa.Text()),
    }
    decided = sa.select(*(value.label(name) for name, value in row.items())).where(rows.among(entity.id, moved))
    session.execute(sa.insert(ModerationDecision).from_select(list(row), decided, include_defaults=False))
