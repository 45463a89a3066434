"""Server-side sessions: a random reference token in the cookie, its digest in the database (U3, U4).

Whether a session lives is asked of the database at every request, so sign-out, disabling and a new role end it at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting, Viewer
from backoffice.clock import NOW
from backoffice.database import telling, told_values
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import GRANTS, Role
from backoffice.preferences import Preferences
from backoffice.services import audit, impersonations, user_preferences
from backoffice.services.guards import require_person
from models.base import uuid7
from models.impersonation import Impersonation
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


_SESSION, _USER = UserSession.__table__.c, User.__table__.c
_ALIVE = (_SESSION.revoked_at.is_(None), _SESSION.expires_at > NOW, _SESSION.last_seen_at > NOW - IDLE)
_VIEW, _VIEWED = Impersonation.__table__, User.__table__.alias("viewed")
#: As whom an admin views here, if he does (ACC-4): what has ended in any way is not there.
_VIEWING = sa.and_(
    _VIEW.c.session_id == _SESSION.id,
    _VIEW.c.viewer_id == _USER.id,
    _VIEW.c.ended_at.is_(None),
    _VIEW.c.expires_at > NOW,
    _USER.role.in_(impersonations.VIEWERS),
)
_CAN_BE_VIEWED = sa.and_(
    _VIEWED.c.id == _VIEW.c.user_id,
    _VIEWED.c.status == UserStatus.ACTIVE,
    _VIEWED.c.deleted_at.is_(None),
    _VIEWED.c.role.in_(impersonations.VIEWABLE),
)
#: Made once, since every request asks it.
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
        _VIEW.c.expires_at.label("viewing_until"),
        *(_VIEWED.c[name].label(f"viewed_{name}") for name in ("id", "email", "first_name", "last_name", "role")),
        *telling(_USER.id, _USER.role, _VIEWED.c.id),
    )
    .join_from(UserSession.__table__, User.__table__, _USER.id == _SESSION.user_id)
    .outerjoin(UserPreference.__table__, UserPreference.user_id == _USER.id)
    .outerjoin(_VIEW, _VIEWING)
    .outerjoin(_VIEWED, _CAN_BE_VIEWED)
    .where(
        _SESSION.token_digest == sa.bindparam("digest"),
        *_ALIVE,
        _USER.status == UserStatus.ACTIVE,
        _USER.deleted_at.is_(None),
        _USER.role.in_(STAFF_ROLES),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The person whose panel a living session shows: its own, or the one that it views as."""

    session_id: uuid.UUID
    user_id: uuid.UUID
    email: str
    name: str
    role: Role
    #: Of whoever looks: they are about eyes, not about rights.
    preferences: Preferences
    viewer: Viewer | None = None
    viewing_until: dt.datetime | None = None


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


def find(session: Session, token: str, visitor: Acting, *, unattended: bool = False) -> SignedIn | None:
    """Who holds `token`, in one statement; None when the session, the person or the role may not sign in any more.

    The same statement makes that person, coming from where `visitor` comes from, the author of what the transaction
    writes (AUD-1), because every request asks for both. `unattended` is a request that the page makes by itself: it
    does not count as use of the session (U4).
    """
    row = session.execute(_LIVING, {"digest": _digest(token), **told_values(visitor)}).one_or_none()
    if row is None:
        return None
    if row.unseen and not unattended:
        _touch(session, row.id)
    name, preferences = f"{row.first_name} {row.last_name}", user_preferences.read(row)
    if row.viewed_id is None:
        return SignedIn(
            session_id=row.id,
            user_id=row.user_id,
            email=row.email,
            name=name,
            role=row.role,
            preferences=preferences,
        )
    return SignedIn(
        session_id=row.id,
        user_id=row.viewed_id,
        email=row.viewed_email,
        name=f"{row.viewed_first_name} {row.viewed_last_name}",
        role=row.viewed_role,
        preferences=preferences,
        viewer=Viewer(user_id=row.user_id, role=row.role, name=name),
        viewing_until=row.viewing_until,
    )


def living(session: Session, user_id: uuid.UUID) -> Sequence[UserSession]:
    """The sessions of the user in which somebody could go on working, the one used last first."""
    return session.scalars(
        sa.select(UserSession).where(UserSession.user_id == user_id, *_ALIVE).order_by(UserSession.last_seen_at.desc())
    ).all()


def end(session: Session, token: str, *, reason: str, acting: Acting) -> uuid.UUID | None:
    """End the session of `token`; the user's id, or None when it had ended before."""
    ended: tuple[uuid.UUID, uuid.UUID] | None = session.execute(
        sa.update(UserSession)
        .where(UserSession.token_digest == _digest(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=NOW, revoked_reason=reason)
        .returning(UserSession.id, UserSession.user_id)
    ).one_or_none()
    if ended is None:
        return None
    session_id, user_id = ended
    impersonations.end_of_sessions(session, [session_id], reason=reason, acting=acting)
    return user_id


def end_one(session: Session, session_id: uuid.UUID, *, current: uuid.UUID, acting: Acting) -> None:
    """End another session of one's own. Raises `NotFoundError` for somebody else's and for one that has ended."""
    if session_id == current:
        raise DomainError("This is the session you are in: sign out instead.", code="own_session")
    mine = sa.and_(UserSession.id == session_id, UserSession.user_id == acting.user_id)
    if not _end(session, mine, require_person(acting), reason="ended by its owner", acting=acting):
        raise NotFoundError("This session has ended already.")


def end_all(session: Session, user_id: uuid.UUID, *, reason: str, acting: Acting, but: uuid.UUID | None = None) -> int:
    """End every session of the user `but` one, and say in the audit log how many there were."""
    theirs = UserSession.user_id == user_id
    which = theirs if but is None else sa.and_(theirs, UserSession.id != but)
    return _end(session, which, user_id, reason=reason, acting=acting)


def _end(session: Session, which: sa.ColumnElement[bool], user_id: uuid.UUID, *, reason: str, acting: Acting) -> int:
    ended = session.scalars(
        sa.update(UserSession)
        .where(which, UserSession.revoked_at.is_(None))
        .values(revoked_at=NOW, revoked_reason=reason)
        .returning(UserSession.id)
    ).all()
    impersonations.end_of_sessions(session, ended, reason=reason, acting=acting)
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
