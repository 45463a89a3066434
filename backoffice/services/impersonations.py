"""Viewing as somebody: an admin sees the panel of another person for a while and changes nothing (ACC-4).

It hangs on the admin's session. Whether it lasts is asked with the session at every request (`user_sessions.find`):
time left, the admin still an admin, the other one still active. What ends it says so here and in the audit log.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import GRANTS, Permission, Role, allows
from backoffice.services import audit
from backoffice.services.guards import require, require_person, required_text
from models.impersonation import Impersonation
from models.user import User, UserStatus
from models.user_session import UserSession

#: For how long, in minutes.
MINUTES: Final = (15, 30, 60)
MAX_REASON: Final = 500
VIEWERS: Final = tuple(role for role in Role if allows(role, Permission.USERS_VIEW_AS))
#: Whom they may view as: people with a panel, never each other.
VIEWABLE: Final = tuple(role for role in Role if GRANTS[role] and role not in VIEWERS)
TIME_IS_UP: Final = "time is up"


def refusal(user: User, acting: Acting) -> str | None:
    """Why this person may not view as `user`, in a sentence; None when nothing is against it."""
    if not acting.may(Permission.USERS_VIEW_AS) or acting.viewer is not None:
        return "Only admins view as somebody."
    if user.id == acting.user_id:
        return "You see your own panel already."
    if user.role in VIEWERS:
        return "Nobody views as another admin."
    if user.role not in VIEWABLE:
        return "A customer has no panel to look at."
    if user.status is not UserStatus.ACTIVE or user.deleted_at is not None:
        return "Only people who can sign in themselves can be viewed as."
    return None


def start(
    session: Session, *, user_id: uuid.UUID, session_id: uuid.UUID, minutes: int, reason: str, acting: Acting
) -> Impersonation:
    """Begin, in the session of `acting`. Raises `InvalidInputError` for reason or minutes, `ForbiddenError` else.

    It ends with the session at the latest. A second one at the same time is refused by the database.
    """
    require(acting, Permission.USERS_VIEW_AS, "Only admins view as somebody.")
    user = session.scalars(
        sa.select(User).where(User.id == user_id, User.deleted_at.is_(None)).with_for_update(read=True)
    ).one_or_none()
    if user is None:
        raise NotFoundError("There is no such user.")
    sentence = refusal(user, acting)
    if sentence is not None:
        raise ForbiddenError(sentence)
    why = _checked(reason, minutes)
    own = sa.select(UserSession.expires_at).where(
        UserSession.id == session_id, UserSession.user_id == acting.user_id, UserSession.revoked_at.is_(None)
    )
    session_ends = session.scalars(own).one_or_none()
    if session_ends is None:
        raise ForbiddenError("Sign in first.", status=401, code="sign_in_required")
    end_expired(session, acting=acting, session_id=session_id)
    view = Impersonation(
        viewer_id=require_person(acting),
        user_id=user.id,
        session_id=session_id,
        reason=why,
        expires_at=sa.func.least(sa.func.now() + dt.timedelta(minutes=minutes), session_ends),
    )
    session.add(view)
    session.flush()
    _record(session, audit.Event.VIEW_AS_STARTED, view.id, user.id, why, acting)
    return view


def stop(session: Session, session_id: uuid.UUID, *, acting: Acting) -> uuid.UUID | None:
    """End what runs in this session; whom it was about, or None when nothing runs."""
    ended = _end(session, Impersonation.session_id == session_id, reason="stopped", acting=acting)
    return ended[0] if ended else None


def end_of_sessions(session: Session, session_ids: Sequence[uuid.UUID], *, reason: str, acting: Acting) -> None:
    """End what runs in sessions that have just ended."""
    if session_ids:
        _end(session, Impersonation.session_id.in_(session_ids), reason=reason, acting=acting)


def end_of_user(session: Session, user_id: uuid.UUID, *, reason: str, acting: Acting) -> None:
    """End every look at the panel of somebody who may not use it any more, or has another one now."""
    _end(session, Impersonation.user_id == user_id, reason=reason, acting=acting)


def end_expired(session: Session, *, acting: Acting, session_id: uuid.UUID | None = None) -> int:
    """Write down the end of those whose time is over; they were over before. Says how many."""
    over = [Impersonation.expires_at <= NOW]
    if session_id is not None:
        over.append(Impersonation.session_id == session_id)
    return len(_end(session, *over, reason=TIME_IS_UP, acting=acting))


class End(NamedTuple):
    """As whom an admin viewed, and what ended it."""

    name: str
    reason: str


def end_in(session: Session, view_id: uuid.UUID, session_id: uuid.UUID) -> End | None:
    """How this one ended, in the session where it began; None for any other."""
    row = session.execute(
        sa.select(User.first_name, User.last_name, Impersonation.ended_reason)
        .join(User, User.id == Impersonation.user_id)
        .where(Impersonation.id == view_id, Impersonation.session_id == session_id)
    ).one_or_none()
    return None if row is None else End(f"{row.first_name} {row.last_name}", row.ended_reason or TIME_IS_UP)


def _checked(reason: str, minutes: int) -> str:
    if minutes not in MINUTES:
        raise InvalidInputError("Choose for how long from the list.", field="minutes")
    why = required_text(reason, "Say why; it is kept in the audit log.", field="reason")
    if len(why) > MAX_REASON or "\x00" in why:
        raise InvalidInputError(f"A reason has at most {MAX_REASON} characters.", field="reason")
    return why


def _end(session: Session, *which: sa.ColumnElement[bool], reason: str, acting: Acting) -> list[uuid.UUID]:
    """End those that run and are meant; whom they were about. None lasts longer than its time, however late this is."""
    ended = session.execute(
        sa.update(Impersonation)
        .where(Impersonation.ended_at.is_(None), *which)
        .values(ended_at=sa.func.least(NOW, Impersonation.expires_at), ended_reason=reason)
        .returning(Impersonation.id, Impersonation.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    for view_id, user_id in ended:
        _record(session, audit.Event.VIEW_AS_ENDED, view_id, user_id, reason, acting)
    return [user_id for _, user_id in ended]


def _record(
    session: Session, event: audit.Event, view_id: uuid.UUID, user_id: uuid.UUID, reason: str, acting: Acting
) -> None:
    audit.record(
        session,
        event,
        acting=acting,
        entity=User.__tablename__,
        entity_id=user_id,
        after={"impersonation": str(view_id)},
        reason=reason,
    )
