"""A whole copy of the back-office, started by `backoffice up` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from backoffice.servers import ports

ROOT = Path(__file__).parents[2]
_PATIENCE = 120.0


class Copy:
    """A running copy under `var`, on `port` of loopback."""

    def __init__(self, var: Path, port: int, process: subprocess.Popen[str], output: Path) -> None:
        self.var = var
        self.port = port
        self.process = process
        self.output = output

    @property
    def said(self) -> str:
        """Everything it printed so far."""
        return self.output.read_text(encoding="utf-8")

    def children(self) -> dict[str, psutil.Process]:
        """Its programs and servers: by their commands."""
        found = {}
        for process in psutil.Process(self.process.pid).children():
            # One that ends while we look is none of them.
            with suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found[_name(process)] = process
        return found

    def wait_until_ready(self) -> None:
        """Return when it has printed its address. Raises `AssertionError` with its output when it ends instead."""
        limit = time.monotonic() + _PATIENCE
        while "Ctrl-C stops everything" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < limit, self.said
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal, wait for the end, give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


def environment(var: Path, **settings: str) -> dict[str, str]:
    """Nothing but a path, a home and these settings."""
    return {"PATH": os.environ["PATH"], "HOME": str(var), "BACKOFFICE_VAR": str(var), **settings}


def command(var: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as a person would in a second terminal."""
    return subprocess.run(
        [sys.executable, "-m", "backoffice.cli", *arguments],
        cwd=ROOT,
        env=environment(var, **settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


@contextmanager
def running(var: Path, output: Path, *arguments: str, **settings: str) -> Iterator[Copy]:
    """Start a copy and wait until it is ready; stop it at the end, whatever happened."""
    port = int(settings.setdefault("PORT", str(ports.free_port())))
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "backoffice.cli", "up", *arguments],
            cwd=ROOT,
            env=environment(var, **settings),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    copy = Copy(var, port, process, output)
    try:
        copy.wait_until_ready()
        yield copy
    finally:
        if process.poll() is None:
            copy.stop(signal.SIGTERM)


def _name(process: psutil.Process) -> str:
    """`web`, `worker money`, `postgres`..."""
    argv = process.cmdline()
    if "backoffice.cli" in argv:
        return " ".join(argv[argv.index("backoffice.cli") + 1 :])
    sandboxes = [word.removeprefix("backoffice.") for word in argv if word.startswith("backoffice.sandbox")]
    return sandboxes[0] if sandboxes else process.name()
