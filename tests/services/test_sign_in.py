"""Signing in: hashes, one answer for all refusals, and the throttle."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

import bcrypt
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import InvalidInputError
from backoffice.permissions import Role
from backoffice.services import passwords, throttle, user_sessions
from backoffice.services.sign_in import REFUSED, Outcome, sign_in
from models import SignInAttempt, UserSession
from tests.factories.acting import VISITOR
from tests.factories.users import PASSWORD, make_user

ELSEWHERE = replace(VISITOR, ip="203.0.113.9")


def _try(session: Session, email: str, password: str = PASSWORD, acting: Acting = VISITOR) -> Outcome:
    return sign_in(session, email=email, password=password, acting=acting)


def _fail(session: Session, email: str, times: int, acting: Acting = VISITOR) -> None:
    for _ in range(times):
        assert _try(session, email, "wrong battery staple", acting).message == REFUSED


def _age(session: Session, seconds: int) -> None:
    """Let the tries so far be older."""
    session.execute(
        sa.text("UPDATE sign_in_attempts SET created_at = created_at - make_interval(secs => :s)"), {"s": seconds}
    )


def _seconds(session: Session, email: str) -> float:
    start = time.perf_counter()
    _fail(session, email, 1)
    return time.perf_counter() - start


class TestPasswords:
    """U1."""

    def test_hashes_are_argon2id_at_the_floor(self) -> None:
        assert passwords.make(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    @pytest.mark.parametrize("bad", ["short", "x" * 201, "a" * 20])
    def test_weak_ones_are_refused(self, bad: str) -> None:
        with pytest.raises(InvalidInputError):
            passwords.make(bad)

    def test_64_characters_and_more_are_fine(self) -> None:
        long = "correct horse battery staple " * 4
        assert passwords.matches(passwords.make(long), long)

    @pytest.mark.parametrize("stored", [None, "", "plain", "$2b$broken", "$argon2id$broken"])
    def test_nothing_fits_what_is_no_hash(self, stored: str | None) -> None:
        assert not passwords.matches(stored, PASSWORD)
        assert not passwords.matches(stored, "")

    def test_a_bcrypt_hash_is_accepted_once_and_replaced(self, session: Session) -> None:
        old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        user = make_user(session, password_hash=old)
        assert not _try(session, user.email, "wrong battery staple").token
        assert user.password_hash == old
        assert _try(session, user.email).token
        assert user.password_hash.startswith("$argon2id$")
        assert _try(session, user.email).token


class TestSignIn:
    """U3, U6."""

    def test_opens_a_session_and_notes_the_time(self, session: Session) -> None:
        user = make_user(session, Role.LOGISTICS)
        token = _try(session, f"  {user.email.upper()} ").token
        found = user_sessions.find(session, token, VISITOR)
        assert (found.user_id, found.role, found.name) == (user.id, Role.LOGISTICS, user.name)
        assert user.last_login is not None
        assert user_sessions.find(session, token + "x", VISITOR) is None

    def test_two_sessions_have_two_tokens(self, session: Session) -> None:
        user = make_user(session)
        assert _try(session, user.email).token != _try(session, user.email).token
        assert session.scalar(sa.select(sa.func.count()).select_from(UserSession)) == 2

    def test_an_unknown_address_costs_the_same_work(self, session: Session) -> None:
        """U6, loosely: the fastest of three tries each, a hash apart from nothing at all."""
        user = make_user(session, password_hash=passwords.make(PASSWORD))
        known, unknown = (min(_seconds(session, email) for _ in range(3)) for email in (user.email, "no@example.test"))
        assert 0.4 < unknown / known < 2.5

    def test_another_try_on_the_account_at_the_same_moment_waits(self, session: Session, engine: sa.Engine) -> None:
        """c68: parallel tries cannot slip past the count."""
        email = f"{uuid.uuid4().hex}@example.test"
        with engine.connect() as other:
            key = sa.func.hashtextextended(f"sign_in:{email}", 0)
            other.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
            assert _try(session, email).wait == 1


class TestThrottle:
    """U6, c68."""

    def test_the_delay_doubles_up_to_a_ceiling(self) -> None:
        delays = [throttle.ACCOUNT.delay(failures) for failures in (0, 4, 5, 6, 7, 8, 13, 14, 1000)]
        assert delays == [0, 0, 1, 2, 4, 8, 256, 300, 300]

    def test_it_starts_after_five_failures_and_ends_by_itself(self, session: Session) -> None:
        user = make_user(session)
        _fail(session, user.email, 5)
        assert _try(session, user.email).wait == 1
        _age(session, 1)
        assert _try(session, user.email).token

    def test_waiting_is_not_made_longer_by_trying(self, session: Session) -> None:
        user = make_user(session)
        _fail(session, user.email, 5)
        for _ in range(20):
            assert _try(session, user.email).wait <= 1
        assert session.scalar(sa.select(sa.func.count()).select_from(SignInAttempt)) == 5

    def test_unknown_accounts_are_throttled_alike(self, session: Session) -> None:
        _fail(session, "nobody@example.test", 5)
        assert _try(session, "nobody@example.test").wait == 1

    def test_success_forgives_the_account(self, session: Session) -> None:
        user = make_user(session)
        _fail(session, user.email, 4)
        assert _try(session, user.email).token
        _fail(session, user.email, 4)
        assert _try(session, user.email).token

    def test_a_stranger_does_not_lock_a_person_out(self, session: Session) -> None:
        """An address this account used lately is judged by its own failures."""
        user = make_user(session)
        assert _try(session, user.email).token
        _age(session, 3600)
        _fail(session, user.email, 5, ELSEWHERE)
        assert _try(session, user.email, acting=ELSEWHERE).wait == 1
        assert _try(session, user.email).token

    def test_one_address_on_many_accounts_is_throttled(self, session: Session) -> None:
        for number in range(30):
            _fail(session, f"spray{number}@example.test", 1)
        user = make_user(session)
        assert _try(session, user.email).wait == 1
        assert _try(session, user.email, acting=ELSEWHERE).token

    @pytest.mark.parametrize(
        ("ip", "counted"),
        [
            ("198.51.100.7", "198.51.100.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            (None, None),
            ("rubbish", None),
        ],
    )
    def test_what_counts_as_one_address(self, ip: str | None, counted: str | None) -> None:
        assert throttle.counted_address(ip) == counted
