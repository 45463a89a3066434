"""Changing one's own password."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import ForbiddenError, InvalidInputError
from backoffice.services import own_password, passwords, user_sessions
from backoffice.services.throttle import ACCOUNT
from models import AuditLog, SignInAttempt, User
from tests.factories import acting_for, make_user
from tests.factories.acting import VISITOR
from tests.factories.users import PASSWORD

NEW = "another horse battery"


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session)


def _change(session: Session, user: User, *, old: str = PASSWORD, new: str = NEW, but: uuid.UUID | None = None) -> str:
    acting = acting_for(user)
    return own_password.change(session, old=old, new=new, session_id=but or uuid.uuid4(), acting=acting).message


def test_the_others_sessions_end_and_this_one_stays(session: Session, user: User) -> None:
    """U3: whoever had the old password is out."""
    mine, other = (user_sessions.start(session, user, acting=acting_for(user)) for _ in range(2))
    found = user_sessions.find(session, mine, VISITOR)
    assert found is not None
    assert _change(session, user, but=found.session_id) == ""
    assert user_sessions.find(session, mine, VISITOR) is not None
    assert user_sessions.find(session, other, VISITOR) is None
    assert passwords.matches(user.password_hash, NEW)
    actions = set(session.scalars(sa.select(AuditLog.action).where(AuditLog.entity_id == str(user.id))))
    assert {"password_changed", "sessions_revoked"} <= actions


def test_a_wrong_old_password_changes_nothing_and_counts(session: Session, user: User) -> None:
    """U6: a stolen session must not guess it."""
    before = user.password_hash
    for _ in range(ACCOUNT.free):
        assert _change(session, user, old="not the old password") == "This is not the password you have now."
    assert _change(session, user).startswith("Too many tries.")
    assert user.password_hash == before
    tries = session.scalars(sa.select(SignInAttempt.succeeded).where(SignInAttempt.user_id == user.id)).all()
    assert tries == [False] * ACCOUNT.free


@pytest.mark.parametrize("new", ["short", "a" * 20, PASSWORD])
def test_the_new_one_must_be_one(session: Session, user: User, new: str) -> None:
    """U1."""
    with pytest.raises(InvalidInputError) as caught:
        _change(session, user, new=new)
    assert caught.value.field == "password"


def test_the_system_has_no_password(session: Session) -> None:
    with pytest.raises(ForbiddenError):
        own_password.change(session, old="x", new=NEW, session_id=uuid.uuid4(), acting=Acting.system())
