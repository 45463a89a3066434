"""One copy per `var` folder: an advisory lock that dies with its process, and a note about who holds it."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from backoffice.servers.errors import StartError


class RunLock:
    """Holds `var/run.lock` while inside the `with` block.

    The kernel releases the lock when the process ends, however it ends, so there is no stale lock to clean up.
    """

    def __init__(self, var: Path) -> None:
        self.path = var / "run.lock"
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            sentence = _sentence(file.read(), self.path.parent)
            file.close()
            raise StartError(sentence) from None
        self._file = file
        self.note()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def note(self, address: str = "") -> None:
        """Write who holds the lock, for the sentence that a second copy prints."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(json.dumps({"pid": os.getpid(), "address": address}))
            self._file.flush()


def _sentence(note: str, var: Path) -> str:
    """Who is running, as far as the note says."""
    try:
        held = json.loads(note)
    except ValueError:
        held = {}
    address = f", {held['address']}" if held.get("address") else ""
    who = f" (process {held['pid']}{address})" if held.get("pid") else ""
    return (
        f"Another copy of the back-office is already running on {var}{who}:"
        " stop it first, or set BACKOFFICE_VAR to another folder."
    )
