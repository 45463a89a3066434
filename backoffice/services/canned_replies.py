"""The texts that people of the back-office send again and again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import CannedReply
from models.canned_reply import CannedFor


def offered(session: Session, kind: CannedFor) -> Sequence[CannedReply]:
    """What is offered for this kind of work, by title."""
    statement = sa.select(CannedReply).where(CannedReply.offered_for == kind, CannedReply.deleted_at.is_(None))
    return session.scalars(statement.order_by(CannedReply.title, CannedReply.id)).all()
