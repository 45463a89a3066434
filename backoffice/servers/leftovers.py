"""Children of a supervisor that was killed: remembered in a file, ended by the next start."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterable
from pathlib import Path

import psutil

from backoffice.servers.child import Child, end_session


def remember(path: Path, children: Iterable[Child]) -> None:
    """Write down which processes run, with their start times, because process ids are used again."""
    rows = []
    for child in children:
        if child.running:
            with contextlib.suppress(psutil.NoSuchProcess):
                started = psutil.Process(child.pid).create_time()
                rows.append({"pid": child.pid, "started": started, "signal": int(child.spec.stop_signal)})
    part = path.with_suffix(".part")
    part.write_text(json.dumps(rows), encoding="ascii")
    part.replace(path)


def end(path: Path, *, patience: float = 20.0) -> int:
    """End what a former supervisor left; returns how many processes that were.

    Each gets `patience` seconds to stop by itself. Call only with the run lock held.
    """
    try:
        rows = json.loads(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
    alive = []
    sessions = []
    for row in reversed(rows):
        try:
            process = psutil.Process(row["pid"])
        except psutil.NoSuchProcess:
            # Its id is not used again while anything it started lives on in its session.
            sessions.append(row["pid"])
            continue
        if abs(process.create_time() - row["started"]) < 1:
            sessions.append(row["pid"])
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.Signals(row["signal"]))
                alive.append(process)
    psutil.wait_procs(alive, timeout=patience)
    for session in sessions:
        end_session(session)
    path.unlink(missing_ok=True)
    return len(alive)
