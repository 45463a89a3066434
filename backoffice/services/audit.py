"""Events that no trigger can see, such as signing in, written to the audit log with their transaction (AUD-1, A4)."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from models.audit import AuditLog


class Event(StrEnum):
    """The catalogue of events about access."""

    ACCESS_DENIED = "access_denied"
    DOWNLOADED = "downloaded"
    EXPORTED = "exported"
    IMPORTED = "imported"
    IMPORT_UNDONE = "import_undone"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    ROLE_CHANGED = "role_changed"
    SESSIONS_REVOKED = "sessions_revoked"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    VIEW_AS_ENDED = "view_as_ended"
    VIEW_AS_STARTED = "view_as_started"
    VIEWED = "viewed"


def record(
    session: Session,
    event: Event,
    *,
    acting: Acting,
    entity: str,
    entity_id: uuid.UUID | str,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add one row about `event`. `after` must hold neither secrets nor personal data: the log cannot be rewritten."""
    session.execute(
        sa.insert(AuditLog).values(
            actor_id=acting.author_id,
            actor_role=acting.author_role,
            on_behalf_of=acting.on_behalf_of,
            request_id=acting.request_id,
            ip=acting.ip,
            user_agent=(acting.user_agent or "")[:200] or None,
            action=event.value,
            entity=entity,
            entity_id=str(entity_id),
            after=after,
            reason=reason,
        )
    )
