"""Exponential delay after failed tries to sign in; the delay has a ceiling, so nobody is locked out for good (U6)."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from models.user_session import SignInAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`free` failures within `window` cost nothing; each further one doubles the delay, from 1 s up to `ceiling` s."""

    free: int
    window: dt.timedelta
    ceiling: int

    def delay(self, failures: int) -> int:
        """Seconds between the last failure and the next try."""
        over = failures - self.free
        return 0 if over < 0 else min(2 ** min(over, 30), self.ceiling)

    def seconds(self, session: Session, wanted: sa.ColumnElement[bool]) -> int:
        """Seconds left until the next try, by the database clock, counting the failures that match `wanted`."""
        failures, last, now = session.execute(
            sa.select(sa.func.count(), sa.func.max(SignInAttempt.created_at), NOW).where(
                wanted, SignInAttempt.succeeded.is_(sa.false()), SignInAttempt.created_at > NOW - self.window
            )
        ).one()
        if last is None:
            return 0
        left = last + dt.timedelta(seconds=self.delay(failures)) - now
        return max(0, math.ceil(left.total_seconds()))


ACCOUNT = Limit(free=5, window=dt.timedelta(hours=24), ceiling=300)
#: An office shares one address, so an address may fail more often than an account.
ADDRESS = Limit(free=30, window=dt.timedelta(minutes=30), ceiling=300)
