"""Texts for moderators, and who has what of a review queue."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import CannedReply, ReviewLease, User
from models.base import uuid7
from models.canned_reply import CannedFor


def make_canned_reply(session: Session, **values: Any) -> CannedReply:
    """A text for products."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "title": "Pictures are blurred",
        "text": "Please send sharper pictures.",
        "offered_for": CannedFor.PRODUCT,
    }
    reply = CannedReply(**(defaults | values))
    session.add(reply)
    session.flush()
    return reply


def make_lease(session: Session, *, holder: User, target_id: uuid.UUID, queue: str = "products") -> ReviewLease:
    """An item that somebody looks at."""
    until = now() + dt.timedelta(minutes=1)
    lease = ReviewLease(queue=queue, target_id=target_id, holder_id=holder.id, taken_at=now(), leased_until=until)
    session.add(lease)
    session.flush()
    return lease
