"""Starts children, restarts those that crash, and stops all of them, with whatever they started, at Ctrl-C or SIGTERM.

RQ's worker ends when Redis restarts under a running job (J18), so a supervisor is no luxury.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from backoffice.servers import leftovers
from backoffice.servers.child import Child, Spec
from backoffice.servers.errors import StartError
from backoffice.servers.terminal import say

_TICK = 0.2
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 15.0
#: A child that ran this long (seconds) is healthy again: its next crash is a first crash.
_HEALTHY_AFTER = 30.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):  # noqa: N818 - a request, not an error
    """The person asked to stop while something was still starting."""


class Supervisor:
    """Owns a set of children from their start to their end."""

    def __init__(self, record: Path) -> None:
        self.record = record
        self.children: list[Child] = []
        self.stopping = False
        self._delays: dict[str, float] = {}
        self._due: dict[str, float] = {}

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Within the block a signal asks for a stop; a second one changes nothing, since the stop has a time limit."""
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def start(self, spec: Spec, *, timeout: float = 60.0) -> Child:
        """Start a child and wait until it is ready. Raises `StartError` with its last words when it is not."""
        self._check()
        child = Child(spec)
        child.start()
        self.children.append(child)
        self._remember()
        limit = time.monotonic() + timeout
        while spec.ready is not None and not spec.ready():
            self._check()
            if not child.running:
                raise StartError(f"{spec.name} ended while it was starting{_where(child)}")
            if time.monotonic() > limit:
                raise StartError(f"{spec.name} did not get ready within {timeout:.0f} seconds{_where(child)}")
            time.sleep(_TICK / 2)
        return child

    def complete(self, spec: Spec) -> None:
        """Run a child to its end. Raises `StartError` with its last words when it fails."""
        self._check()
        child = Child(spec)
        child.start()
        self.children.append(child)
        self._remember()
        try:
            while child.running:
                self._check()
                time.sleep(_TICK / 2)
        finally:
            child.stop()
            self.children.remove(child)
        if child.exit_code:
            raise StartError(f"{spec.name} failed{_where(child)}")

    def watch(self) -> None:
        """Restart what ends, until asked to stop."""
        while not self.stopping:
            for child in self.children:
                self._revive(child)
            time.sleep(_TICK)

    def stop(self) -> None:
        """Stop the programs, then the servers they use; each within its grace time."""
        for servers in (False, True):
            group = [child for child in self.children if child.spec.server is servers]
            began = time.monotonic()
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.finish(began + child.spec.grace)
        self.children.clear()
        self.record.unlink(missing_ok=True)

    def _revive(self, child: Child) -> None:
        """Start an ended child again, later each time it ends soon."""
        name, moment = child.spec.name, time.monotonic()
        if child.running:
            if moment - child.started_at > _HEALTHY_AFTER:
                self._delays.pop(name, None)
            return
        if name not in self._due:
            delay = self._delays.get(name, _FIRST_DELAY)
            self._delays[name] = min(delay * 2, _LONGEST_DELAY)
            self._due[name] = moment + delay
            say(f"{name} ended (exit code {child.exit_code}); it starts again in {delay:g} s{_where(child)}")
        elif moment >= self._due[name]:
            del self._due[name]
            # Grandchildren of a worker that was killed finish by themselves: their lease says whose work it is.
            child.start()
            self._remember()

    def _check(self) -> None:
        if self.stopping:
            raise StopRequested

    def _remember(self) -> None:
        leftovers.remember(self.record, self.children)


def _where(child: Child) -> str:
    """The last words of a child and where the rest stands, as the end of a sentence."""
    words = child.last_words()
    return (f": {words}" if words else "") + (f" (see {child.spec.log})" if child.spec.log else ": see the lines above")
