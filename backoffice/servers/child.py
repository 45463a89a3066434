"""One supervised process: started in a session of its own, stopped with everything it started."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

#: Seconds: the kernel needs a moment to end a process, more of them when it writes a lot.
_KILL_PATIENCE = 5.0
_KILL_PAUSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """How to run one child. `grace` is in seconds; `user` is the system user to run as (root only)."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    log: Path | None = None
    #: Servers are started before, and stopped after, the programs that use them.
    server: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 15.0
    user: str | None = None
    ready: Callable[[], bool] | None = None


class Child:
    """A running (or ended) process made from a `Spec`."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        #: What earlier runs of this child left alive: the work horse of a killed worker finishes its job.
        self._orphans: list[psutil.Process] = []

    def start(self) -> None:
        """Start the process, its output appended to the log; without a log it shares the terminal."""
        if self.process is not None:
            self._orphans = [one for one in (*self._orphans, *session_members(self.pid)) if one.is_running()]
        with contextlib.ExitStack() as stack:
            output: IO[bytes] | None = None
            if self.spec.log is not None:
                output = stack.enter_context(self.spec.log.open("ab"))
            # A session of its own keeps Ctrl-C at the terminal from reaching the child before the supervisor.
            self.process = subprocess.Popen(  # noqa: S603 - the argv is ours
                self.spec.argv,
                env=dict(self.spec.env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                user=self.spec.user,
                group=pwd.getpwnam(self.spec.user).pw_gid if self.spec.user else None,
                extra_groups=[] if self.spec.user else None,
            )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        """Its process id, which is also the id of its session; 0 before the start."""
        return self.process.pid if self.process else 0

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else None

    @property
    def running(self) -> bool:
        """Whether the process itself is alive."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the stop signal, once."""
        if self.process is not None and self.running:
            self.process.send_signal(self.spec.stop_signal)

    def finish(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then end the process and whatever is left of its session."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        end_session(self.process.pid)
        self.process.wait()
        for orphan in self._orphans:
            with contextlib.suppress(psutil.NoSuchProcess):
                orphan.kill()

    def stop(self) -> None:
        """Ask, wait for the grace time, end."""
        self.ask_to_stop()
        self.finish(time.monotonic() + self.spec.grace)

    def last_words(self) -> str:
        """The last line of its log, for a sentence about its end."""
        if self.spec.log is None or not self.spec.log.exists():
            return ""
        lines = self.spec.log.read_text(encoding="utf-8", errors="replace")[-4000:].strip().splitlines()
        return lines[-1].strip()[:300] if lines else ""


def session_members(session_id: int) -> list[psutil.Process]:
    """The living processes of a session, whatever process group they moved to."""
    members = []
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if os.getsid(pid) == session_id:
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE:
                    members.append(process)
    return members


def end_session(session_id: int) -> None:
    """SIGKILL every process of the session, grandchildren too, and wait until none is left."""
    limit = time.monotonic() + _KILL_PATIENCE
    while (members := session_members(session_id)) and time.monotonic() < limit:
        for member in members:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                member.kill()
        time.sleep(_KILL_PAUSE)
