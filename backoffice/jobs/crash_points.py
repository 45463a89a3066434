"""Named places where a test can make the process die, as `kill -9` would (J11). In production they do nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Final

#: The places, in the order in which an item passes them.
POINTS: Final = ("before_claim", "claimed_uncommitted", "claimed", "begun", "called", "settled_uncommitted", "settled")


def reach(point: str) -> None:
    """Die here, once, when BACKOFFICE_CRASH_AT names this point.

    BACKOFFICE_CRASH_MARK is a file that says it has happened; with BACKOFFICE_CRASH_PARENT=1 the RQ worker dies too.
    """
    if os.environ.get("BACKOFFICE_CRASH_AT") != point:
        return
    mark = os.environ.get("BACKOFFICE_CRASH_MARK")
    if mark is not None:
        try:
            Path(mark).touch(exist_ok=False)
        except FileExistsError:
            return
    if os.environ.get("BACKOFFICE_CRASH_PARENT") == "1":
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
