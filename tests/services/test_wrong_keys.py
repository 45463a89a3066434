"""Wrong keys: counted by address and all together, never many rows, and gone after a while (U6)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services import wrong_keys
from backoffice.services.throttle import ADDRESS
from models import WrongKey

HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def _kept(session: Session) -> int:
    return session.scalars(sa.select(sa.func.count()).select_from(WrongKey)).one()


def _age(session: Session, seconds: float) -> None:
    """Let the wrong keys so far be older."""
    session.execute(
        sa.update(WrongKey).values(created_at=WrongKey.created_at - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds))
    )


def test_the_wait_doubles_by_address(session: Session) -> None:
    """An IPv6 network of 64 bits is one address, and so is everybody of whom none is known."""
    for ip in (HERE, "2001:db8::1", None):
        assert [wrong_keys.count(session, ip) for _ in range(ADDRESS.free + 1)] == [0] * ADDRESS.free + [1]
    assert wrong_keys.count(session, "2001:db8::2") == 1
    assert wrong_keys.count(session, "rubbish") == 1
    assert wrong_keys.count(session, ELSEWHERE) == 0
    for wait in (1, 2, 4, 8):
        assert wrong_keys.count(session, HERE) == wait
        _age(session, wait)
        assert wrong_keys.count(session, HERE) == 0


def test_many_addresses_leave_few_rows(session: Session) -> None:
    """Whoever has a network to guess from is told to wait too, and nothing of it is kept."""
    addresses = sa.text(
        "INSERT INTO wrong_keys (created_at, ip) SELECT now(), inet '10.0.0.0' + n FROM generate_series(1, 1000) AS n"
    )
    session.execute(addresses)
    assert [wrong_keys.count(session, f"192.0.2.{number}") for number in range(20)] == [1] * 20
    assert _kept(session) == 1000
    _age(session, 1)
    assert wrong_keys.count(session, HERE) == 0
    assert wrong_keys.count(session, ELSEWHERE) == 2


def test_guesses_at_the_same_moment_are_all_counted(session: Session, engine: sa.Engine) -> None:
    """c68: one that cannot be counted now has to wait."""
    with engine.connect() as other:
        other.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('wrong_keys', 0))"))
        assert wrong_keys.count(session, HERE) == 1
    assert _kept(session) == 0
    assert wrong_keys.count(session, HERE) == 0


def test_they_are_deleted_when_no_limit_looks_at_them(session: Session) -> None:
    window = ADDRESS.window.total_seconds()
    wrong_keys.count(session, HERE)
    _age(session, window + 60)
    session.execute(sa.insert(WrongKey).values(ip=ELSEWHERE, created_at=NOW - ADDRESS.window / 2))
    for _ in range(2):
        wrong_keys.prune(session)
    assert [str(one) for one in session.scalars(sa.select(WrongKey.ip))] == [ELSEWHERE]
