"""Stripe's limit of requests per second and endpoint, by the true clock; off unless it is switched on (M17)."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Final

_WINDOW_SECONDS: Final = 1.0


class Limiter:
    """The requests of the last second, by endpoint."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, endpoint: str, most: int) -> bool:
        """Whether one more request fits into this second; if so, it is counted."""
        with self._lock:
            now = time.monotonic()
            taken = self._taken.setdefault(endpoint, deque())
            while taken and taken[0] <= now - _WINDOW_SECONDS:
                taken.popleft()
            if len(taken) >= most:
                return False
            taken.append(now)
            return True
