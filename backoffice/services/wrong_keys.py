"""Wrong keys at addresses that programs post to: whoever guesses is told to wait, and leaves few rows behind (U6).

Only those who had no right key come here, so nobody is ever locked out by the guesses of others, not even of those
behind the same proxy.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services.throttle import ADDRESS, Limit, counted_address
from models import WrongKey
from models.base import uuid7

#: Whoever has many addresses is told to wait as well, and the table has an end.
_ANYBODY: Final = Limit(free=1_000, window=ADDRESS.window, ceiling=ADDRESS.ceiling)
#: One after the other, so that guesses at the same moment are all counted.
_ONE_AT_A_TIME: Final = sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended('wrong_keys', 0))")


def count(session: Session, ip: str | None) -> int:
    """Count a wrong key from this address; or, when there were too many, the seconds to wait, and nothing is kept."""
    if not session.scalar(_ONE_AT_A_TIME):
        return 1
    address = counted_address(ip)
    here = WrongKey.ip.is_(None) if address is None else WrongKey.ip == address
    wait = max(ADDRESS.seconds(session, WrongKey.created_at, here), _ANYBODY.seconds(session, WrongKey.created_at))
    if wait == 0:
        session.execute(sa.insert(WrongKey).values(id=uuid7(), created_at=NOW, ip=address))
    return wait


def prune(session: Session) -> None:
    """Delete those that no limit looks at any more; `_ANYBODY` sees to it that there are never many."""
    old = sa.delete(WrongKey).where(WrongKey.created_at < NOW - _ANYBODY.window)
    session.execute(old.execution_options(synchronize_session=False))
