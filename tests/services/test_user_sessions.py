"""What is left of sessions and tries to sign in when their time is over."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.jobs import sweeps
from backoffice.services import user_sessions
from models.base import uuid7
from models.user_session import SignInAttempt, UserSession
from tests.factories import acting_for, make_user


def test_old_sessions_and_tries_are_deleted(session: Session) -> None:
    """U3, U6: after 90 days; a living session and a try that the throttle still counts stay."""
    user = make_user(session)
    for days in (91, 89):
        token = user_sessions.start(session, user, acting=acting_for(user))
        session.execute(
            sa.update(UserSession)
            .where(UserSession.expires_at > NOW)
            .values(expires_at=NOW - dt.timedelta(days=days), revoked_reason=str(days))
        )
        session.execute(
            sa.insert(SignInAttempt).values(
                id=uuid7(), email=f"old{days}@example.test", created_at=NOW - dt.timedelta(days=days)
            )
        )
    token = user_sessions.start(session, user, acting=acting_for(user))
    sweeps.prune_sessions(session)
    assert set(session.scalars(sa.select(UserSession.revoked_reason))) == {"89", None}
    assert session.scalars(sa.select(SignInAttempt.email)).all() == ["old89@example.test"]
    assert user_sessions.find(session, token) is not None
    assert user_sessions.prune(session) == 0
