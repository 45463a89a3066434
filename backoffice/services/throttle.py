"""Exponential delay after wrong passwords and keys; it has a ceiling, so nobody is locked out for good (U6)."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from backoffice.clock import NOW


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

    def seconds(
        self, session: Session, failed_at: InstrumentedAttribute[dt.datetime], *wanted: sa.ColumnElement[bool]
    ) -> int:
        """Seconds left until the next try, by the database clock, counting the rows of failures that match `wanted`."""
        failures, last, now = session.execute(
            sa.select(sa.func.count(), sa.func.max(failed_at), NOW).where(failed_at > NOW - self.window, *wanted)
        ).one()
        if last is None:
            return 0
        left = last + dt.timedelta(seconds=self.delay(failures)) - now
        return max(0, math.ceil(left.total_seconds()))


ACCOUNT = Limit(free=5, window=dt.timedelta(hours=24), ceiling=300)
#: An office shares one address, so an address may fail more often than an account.
ADDRESS = Limit(free=30, window=dt.timedelta(minutes=30), ceiling=300)


def counted_address(ip: str | None) -> str | None:
    """What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, which is one household."""
    try:
        address = ipaddress.ip_address(ip or "")
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address) if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def too_many(wait: int) -> str:
    """What is said to somebody who must wait for so many seconds."""
    unit = "second" if wait == 1 else "seconds"
    return f"Too many tries. Wait {wait} {unit}, then try again."
