"""Server-side sessions: a random reference token in the cookie, its digest in the database (U3, U4).

Whether a session lives is asked of the database at every request, so sign-out, disabling and a new role end it at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.database import telling, told_values
from backoffice.permissions import GRANTS, Role
from backoffice.preferences import Preferences
from backoffice.services import audit, user_preferences
from models.base import uuid7
from models.user import User, UserStatus
from models.user_preference import UserPreference
from models.user_session import SignInAttempt, UserSession

IDLE = dt.timedelta(minutes=30)
ABSOLUTE = dt.timedelta(hours=12)
#: Addresses of people are not kept for longer than anybody needs to look into a break-in.
KEPT_FOR = dt.timedelta(days=90)
#: `last_seen_at` is written at most this often, so that most requests only read.
_TOUCH_EVERY = dt.timedelta(minutes=1)
_TOKEN_BYTES = 32
#: Roles that can sign in: those that hold any permission at all (data model C1.1).
STAFF_ROLES = tuple(role for role in Role if GRANTS[role])


#: Made once, since every request asks it.
_SESSION, _USER = UserSession.__table__.c, User.__table__.c
_LIVING = (
    sa.select(
        _SESSION.id,
        (_SESSION.last_seen_at < NOW - _TOUCH_EVERY).label("unseen"),
        _USER.id.label("user_id"),
        _USER.email,
        _USER.first_name,
        _USER.last_name,
        _USER.role,
        *user_preferences.SELECTED,
        *telling(_USER.id, _USER.role),
    )
    .join_from(UserSession.__table__, User.__table__, _USER.id == _SESSION.user_id)
    .outerjoin(UserPreference.__table__, UserPreference.user_id == _USER.id)
    .where(
        _SESSION.token_digest == sa.bindparam("digest"),
        _SESSION.revoked_at.is_(None),
        _SESSION.expires_at > NOW,
        _SESSION.last_seen_at > NOW - IDLE,
        _USER.status == UserStatus.ACTIVE,
        _USER.deleted_at.is_(None),
        _USER.role.in_(STAFF_ROLES),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The person behind a living session."""

    session_id: uuid.UUID
    user_id: uuid.UUID
    email: str
    name: str
    role: Role
    preferences: Preferences


def start(session: Session, user: User, *, acting: Acting) -> str:
    """Open a session for `user` and return its token, which is shown once and stored only as a digest."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.execute(
        sa.insert(UserSession).values(
            id=uuid7(),
            user_id=user.id,
            token_digest=_digest(token),
            last_seen_at=NOW,
            expires_at=NOW + ABSOLUTE,
            ip=acting.ip,
            user_agent=(acting.user_agent or "")[:300] or None,
        )
    )
    return token


def find(session: Session, token: str, visitor: Acting) -> SignedIn | None:
    """Who holds `token`, in one statement; None when the session, the person or the role may not sign in any more.

    The same statement makes that person, coming from where `visitor` comes from, the author of what the transaction
    writes (AUD-1), because every request asks for both.
    """
    row = session.execute(_LIVING, {"digest": _digest(token), **told_values(visitor)}).one_or_none()
    if row is None:
        return None
    if row.unseen:
        _touch(session, row.id)
    return SignedIn(
        session_id=row.id,
        user_id=row.user_id,
        email=row.email,
        name=f"{row.first_name} {row.last_name}",
        role=row.role,
        preferences=user_preferences.read(row),
    )


def end(session: Session, token: str, *, reason: str) -> uuid.UUID | None:
    """End the session of `token`; the user's id, or None when it had ended before."""
    return session.scalar(
        sa.update(UserSession)
        .where(UserSession.token_digest == _digest(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=NOW, revoked_reason=reason)
        .returning(UserSession.user_id)
    )


def end_all(session: Session, user_id: uuid.UUID, *, reason: str, acting: Acting) -> int:
    """End every session of the user, and say in the audit log how many there were."""
    ended = session.scalars(
        sa.update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=NOW, revoked_reason=reason)
        .returning(UserSession.id)
    ).all()
    if ended:
        audit.record(
            session,
            audit.Event.SESSIONS_REVOKED,
            acting=acting,
            entity=User.__tablename__,
            entity_id=user_id,
            after={"sessions": len(ended)},
            reason=reason,
        )
    return len(ended)


def prune(session: Session, *, limit: int = 10_000) -> int:
    """Delete sessions and tries to sign in that are older than `KEPT_FOR`; says how many. The audit log has them still.

    Nobody can use such a session any more, and the throttle looks back 30 days at most.
    """
    old: dict[Any, Any] = {UserSession: UserSession.expires_at, SignInAttempt: SignInAttempt.created_at}
    deleted = 0
    for entity, moment in old.items():
        found = sa.select(entity.id).where(moment < NOW - KEPT_FOR).limit(limit)
        statement = sa.delete(entity).where(entity.id.in_(found)).execution_options(synchronize_session=False)
        deleted += session.execute(statement).rowcount  # type: ignore[attr-defined]
    return deleted


def _touch(session: Session, session_id: uuid.UUID) -> None:
    """Note that the person is here, without waiting for another request that is noting it too."""
    free = sa.select(UserSession.id).where(UserSession.id == session_id).with_for_update(skip_locked=True)
    session.execute(
        sa.update(UserSession)
        .where(UserSession.id == free.scalar_subquery())
        .values(last_seen_at=NOW)
        .execution_options(synchronize_session=False)
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
