"""Admins who view as somebody."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Impersonation, User


def make_impersonation(session: Session, *, viewer: User, user: User, **values: Any) -> Impersonation:
    """One that has ended; without a living session it would show nothing anyway."""
    defaults: dict[str, Any] = {
        "viewer_id": viewer.id,
        "user_id": user.id,
        "session_id": uuid.uuid4(),
        "reason": "They asked for help.",
        "expires_at": sa.func.now() + dt.timedelta(minutes=15),
        "ended_at": sa.func.now(),
        "ended_reason": "stopped",
    }
    view = Impersonation(**(defaults | values))
    session.add(view)
    session.flush()
    return view
