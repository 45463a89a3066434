"""Events of disputes."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from models import Dispute, DisputeEvent
from models.base import uuid7
from models.dispute_event import DisputeEventKind


def make_dispute_event(session: Session, *, dispute: Dispute, **values: Any) -> DisputeEvent:
    """The priority was raised from medium to high."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "dispute_id": dispute.id,
        "kind": DisputeEventKind.PRIORITY,
        "before": "medium",
        "after": "high",
        "reason": "The amount is high.",
    }
    event = DisputeEvent(**(defaults | values))
    session.add(event)
    session.flush()
    return event
