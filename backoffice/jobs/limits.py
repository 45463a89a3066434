"""How long things may take in a worker. Seconds throughout."""

from __future__ import annotations

import datetime as dt
import os
from typing import Final

from backoffice.queue import JOB_TIMEOUT

#: After this long a run hands back what is left, so that one large operation does not keep the queue from others.
SLICE: Final = 60.0
#: A worker that has not renewed its lease for so long is taken for dead.
_LEASE: Final = 30.0
#: Room for the transactions around a call to a provider.
_MARGIN: Final = 15.0
#: How long an item waits that may not go ahead for now, such as while all outgoing money is stopped (M15).
WAIT: Final = dt.timedelta(seconds=15)
#: Not more than 20 calls a second to a provider from one worker (M17).
CALL_INTERVAL: Final = 0.05


def lease(worst_case: float = 0.0) -> dt.timedelta:
    """For how long a worker takes an operation, given the longest call it may have to wait for.

    BACKOFFICE_LEASE_SECONDS replaces it, so that tests of crashes need not wait.
    """
    given = os.environ.get("BACKOFFICE_LEASE_SECONDS")
    return dt.timedelta(seconds=float(given) if given else max(_LEASE, worst_case + _MARGIN))


def fits(worst_case: float) -> bool:
    """Whether a job ends before RQ ends it, even when its last call takes the longest it can (J13)."""
    return SLICE + worst_case + _MARGIN < JOB_TIMEOUT
