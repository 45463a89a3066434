"""What is left of sessions and tries to sign in when their time is over."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.jobs import sweeps
from backoffice.services import user_sessions
from models import AuditLog
from models.base import uuid7
from models.user_session import SignInAttempt, UserSession
from tests.factories import acting_for, make_user
from tests.factories.acting import VISITOR


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
    assert user_sessions.find(session, token, VISITOR) is not None
    assert user_sessions.prune(session) == 0


def test_finding_the_session_tells_who_writes(session: Session) -> None:
    """AUD-1: from the statement that every request begins with to the end of its transaction."""
    user = make_user(session)
    token = user_sessions.start(session, user, acting=acting_for(user))
    user_sessions.find(session, token, VISITOR)
    user.first_name = "Renamed"
    session.flush()
    row = session.scalars(sa.select(AuditLog).where(AuditLog.entity == "users", AuditLog.action == "update")).one()
    assert (row.actor_id, row.actor_role, row.request_id) == (user.id, "admin", VISITOR.request_id)
    assert (str(row.ip), row.user_agent) == ("198.51.100.7", "test")
