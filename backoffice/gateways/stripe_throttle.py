"""Pace of the requests to Stripe: below its limit of 25 per second and endpoint, whatever asks (M17)."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

import requests

#: Below the twenty that are allowed, because requests do not arrive as evenly as they leave: one that is held up by a
#: busy machine for less than 300 ms still does not make the second it falls into the twenty-first.
REQUESTS_PER_SECOND: Final = 16


class Pace:
    """Turns at a steady interval, for every thread of the process."""

    def __init__(self, per_second: float = REQUESTS_PER_SECOND) -> None:
        self.interval = 1 / per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when it is this caller's turn.

        The lock is kept while sleeping, and the next turn counts from the waking: a thread that wakes late delays those
        after it, where turns given out beforehand would catch up in a burst.
        """
        with self._lock:
            time.sleep(max(0.0, self._next - time.monotonic()))
            self._next = time.monotonic() + self.interval


#: Shared by all clients of the process, since Stripe counts by key and not by client.
PACE: Final = Pace()


class PacedSession(requests.Session):
    """The HTTP session under the SDK: one paced request after the other, the SDK's own retries included."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Wait for a turn, then send."""
        PACE.wait()
        return super().send(request, **options)
