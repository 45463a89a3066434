"""Signing in and out: one sentence for every refusal, the same work for everybody, a throttle by database clock."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import database
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.services import audit, passwords, user_sessions
from backoffice.services.throttle import ACCOUNT, ADDRESS, counted_address, too_many
from models.base import uuid7
from models.user import User, UserStatus
from models.user_session import SignInAttempt

#: The one sentence: it does not tell whether the address, the password or the state of the account was at fault.
REFUSED = "E-mail or password is wrong, or this account cannot sign in here."
#: An address that this account used lately is judged by its own failures only, so strangers cannot lock a person out.
_KNOWN_FOR = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a try ended: a token, or a sentence, with the seconds to wait when there were too many tries."""

    token: str | None = None
    message: str = ""
    wait: int = 0


def sign_in(session: Session, *, email: str, password: str, acting: Acting) -> Outcome:
    """Check the password and open a session (U1, U3, U6).

    `acting` is the visitor's request: its address is throttled. The outcome is returned, not raised, because a failed
    try leaves rows behind that the caller must commit.
    """
    email = email.strip().lower()[:254]
    address = counted_address(acting.ip)
    if not _claim(session, email):
        return _too_many(1)
    wait = _seconds_to_wait(session, email, address)
    if wait > 0:
        return _too_many(wait)
    user = session.scalars(sa.select(User).where(User.email == email, User.deleted_at.is_(None))).one_or_none()
    fits = passwords.matches(user.password_hash if user else None, password)
    if user is None or not fits or not may_sign_in(user):
        _note(session, email, address, user, succeeded=False)
        _record(session, audit.Event.SIGN_IN_FAILED, user.id if user else None, acting)
        return Outcome(message=REFUSED)
    _note(session, email, address, user, succeeded=True)
    person = dataclasses.replace(acting, user_id=user.id, role=user.role, name=user.name)
    database.act_as(session, person)
    return Outcome(token=_admit(session, user, password, person))


def confirm(session: Session, user: User, password: str, *, acting: Acting) -> Outcome:
    """Check the password of somebody who is signed in, as carefully as at the door (U6); no token is made."""
    address = counted_address(acting.ip)
    if not _claim(session, user.email):
        return _too_many(1)
    wait = _seconds_to_wait(session, user.email, address)
    if wait > 0:
        return _too_many(wait)
    fits = passwords.matches(user.password_hash, password)
    _note(session, user.email, address, user, succeeded=fits)
    if fits:
        return Outcome()
    _record(session, audit.Event.SIGN_IN_FAILED, user.id, acting)
    return Outcome(message="This is not the password you have now.")


def sign_out(session: Session, token: str, *, acting: Acting) -> None:
    """End the session of `token`, whoever else has a copy of the cookie."""
    user_id = user_sessions.end(session, token, reason="signed out", acting=acting)
    if user_id is not None:
        _record(session, audit.Event.SIGNED_OUT, user_id, acting)


def may_sign_in(user: User) -> bool:
    """Whether the account's role and state let it work here; customers never may (data model C1.1)."""
    return user.status is UserStatus.ACTIVE and user.role in user_sessions.STAFF_ROLES


def _admit(session: Session, user: User, password: str, acting: Acting) -> str:
    if user.password_hash and passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.remake(password)
    user.last_login = session.scalar(sa.select(NOW))
    token = user_sessions.start(session, user, acting=acting)
    _record(session, audit.Event.SIGNED_IN, user.id, acting)
    session.flush()
    return token


def _claim(session: Session, email: str) -> bool:
    """Take the account for this transaction; False when another try on it is running, which so cannot slip through."""
    key = sa.func.hashtextextended(f"sign_in:{email}", 0)
    return bool(session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))))


def _seconds_to_wait(session: Session, email: str, address: str | None) -> int:
    """The longer of the account's and the address's delay; 0 when the try may go ahead."""
    mine = SignInAttempt.email == email
    since_success = _last_success(mine)
    if address is not None:
        here = sa.and_(mine, SignInAttempt.ip == address)
        known = sa.exists().where(here, SignInAttempt.succeeded, SignInAttempt.created_at > NOW - _KNOWN_FOR)
        mine = sa.and_(mine, sa.or_(SignInAttempt.ip == address, sa.not_(known)))
    failed = SignInAttempt.succeeded.is_(sa.false())
    waits = [ACCOUNT.seconds(session, SignInAttempt.created_at, failed, mine, since_success)]
    if address is not None:
        waits.append(ADDRESS.seconds(session, SignInAttempt.created_at, failed, SignInAttempt.ip == address))
    return max(waits)


def _last_success(mine: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Only tries after the account's last success count against the account."""
    last = sa.select(sa.func.max(SignInAttempt.created_at)).where(mine, SignInAttempt.succeeded).scalar_subquery()
    return sa.or_(last.is_(None), SignInAttempt.created_at > last)


def _note(session: Session, email: str, address: str | None, user: User | None, *, succeeded: bool) -> None:
    session.execute(
        sa.insert(SignInAttempt).values(
            id=uuid7(),
            created_at=NOW,
            email=email,
            ip=address,
            user_id=user.id if user else None,
            succeeded=succeeded,
        )
    )


def _record(session: Session, event: audit.Event, user_id: uuid.UUID | None, acting: Acting) -> None:
    audit.record(session, event, acting=acting, entity=User.__tablename__, entity_id=user_id or "unknown")


def _too_many(wait: int) -> Outcome:
    return Outcome(message=too_many(wait), wait=wait)
