"""The supervisor with real processes: restart, grandchildren, leftovers of a killed supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from backoffice.servers import leftovers
from backoffice.servers.child import Child, Spec, session_members
from backoffice.servers.errors import StartError
from backoffice.servers.supervisor import StopRequested, Supervisor

SLEEPER = "import time; time.sleep(600)"
#: Starts a grandchild in a process group of its own, as RQ does with its work horse, and ignores SIGTERM.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgrp()
time.sleep(600)
"""


def spec(code: str, tmp_path: Path, **options) -> Spec:
    options = {"name": "child", "grace": 1.0, "log": tmp_path / "child.log", **options}
    return Spec(argv=(sys.executable, "-c", textwrap.dedent(code)), env=dict(os.environ), **options)


def alive(processes):
    """Those that still do something; the dead may wait for the system's first process to notice."""
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def eventually(condition, seconds=10.0):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def supervisor(tmp_path):
    supervisor = Supervisor(tmp_path / "children.json")
    yield supervisor
    supervisor.stop()


class TestStart:
    def test_waits_until_ready(self, supervisor, tmp_path):
        mark = tmp_path / "mark"
        code = f"import time; time.sleep(0.3); open({str(mark)!r}, 'w'); time.sleep(600)"
        supervisor.start(spec(code, tmp_path, ready=mark.exists))
        assert mark.exists()

    def test_tells_the_last_words_of_a_child_that_ends(self, supervisor, tmp_path):
        with pytest.raises(StartError, match="child ended while it was starting: no luck"):
            supervisor.start(spec("import sys; sys.exit('no luck')", tmp_path, ready=lambda: False))

    def test_gives_up_in_time(self, supervisor, tmp_path):
        with pytest.raises(StartError, match="did not get ready within 0 seconds"):
            supervisor.start(spec(SLEEPER, tmp_path, ready=lambda: False), timeout=0.3)

    def test_stops_while_starting(self, supervisor, tmp_path):
        supervisor.stopping = True
        with pytest.raises(StopRequested):
            supervisor.start(spec(SLEEPER, tmp_path))

    def test_complete_tells_a_failure(self, supervisor, tmp_path):
        supervisor.complete(spec("print('fine')", tmp_path))
        with pytest.raises(StartError, match="child failed: not fine"):
            supervisor.complete(spec("import sys; sys.exit('not fine')", tmp_path))


class TestStop:
    def test_ends_grandchildren_that_ignore_the_signal(self, supervisor, tmp_path):
        child = supervisor.start(spec(STUBBORN, tmp_path))
        eventually(lambda: len(session_members(child.pid)) == 2)
        members = session_members(child.pid)
        supervisor.stop()
        assert not alive(members)

    def test_stops_servers_last(self, supervisor, tmp_path):
        log = tmp_path / "order"
        code = """
        import signal, sys, time
        def leave(*_):
            open({log!r}, "a").write("{name} ")
            sys.exit()
        signal.signal(signal.SIGTERM, leave)
        open({mark!r}, "w")
        time.sleep(600)
        """
        for name, server in (("server", True), ("program", False)):
            mark = tmp_path / name
            text = textwrap.dedent(code).format(log=str(log), name=name, mark=str(mark))
            supervisor.start(spec(text, tmp_path, name=name, server=server, ready=mark.exists))
        supervisor.stop()
        assert log.read_text() == "program server "


class TestWatch:
    CODE = """
    import signal, sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from backoffice.servers.child import Spec
    from backoffice.servers.supervisor import Supervisor
    supervisor = Supervisor(Path({folder!r}) / "children.json")
    with supervisor.signals():
        supervisor.start(Spec(name="child", argv=(sys.executable, "-c", {child!r}), env={{}}, grace=1,
                              log=Path({folder!r}) / "child.log"))
        print("watching", flush=True)
        supervisor.watch()
        supervisor.stop()
    print("stopped", flush=True)
    """

    @pytest.fixture
    def watching(self, tmp_path):
        """A supervisor in a process of its own, and its one child."""
        root = str(Path(__file__).parents[2])
        code = textwrap.dedent(self.CODE).format(root=root, folder=str(tmp_path), child=STUBBORN)
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "watching\n"
            yield process
            process.kill()
        leftovers.end(tmp_path / "children.json", patience=1)

    def child_of(self, process):
        return alive(psutil.Process(process.pid).children())

    def test_starts_a_crashed_child_again(self, watching):
        """J18: a worker that ends is started again, well within 15 seconds."""
        (first,) = self.child_of(watching)
        first.kill()
        eventually(lambda: [one for one in self.child_of(watching) if one.pid != first.pid])

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_leaves_nothing(self, watching, number):
        (child,) = self.child_of(watching)
        eventually(lambda: len(session_members(child.pid)) == 2)
        members = session_members(child.pid)
        # `make` passes Ctrl-C on although the terminal already sent it to everybody.
        watching.send_signal(number)
        watching.send_signal(number)
        assert watching.wait(10) == 0
        assert not alive(members)

    def test_orphans_of_an_earlier_run_are_ended_too(self, watching):
        (first,) = self.child_of(watching)
        eventually(lambda: len(session_members(first.pid)) == 2)
        members = session_members(first.pid)
        first.kill()
        eventually(lambda: [one for one in self.child_of(watching) if one.pid != first.pid])
        watching.send_signal(signal.SIGTERM)
        assert watching.wait(10) == 0
        assert not alive(members)

    def test_leftovers_of_a_killed_supervisor_are_ended(self, watching, tmp_path):
        (child,) = self.child_of(watching)
        eventually(lambda: len(session_members(child.pid)) == 2)
        members = session_members(child.pid)
        watching.kill()
        watching.wait()
        assert leftovers.end(tmp_path / "children.json", patience=1) == 1
        eventually(lambda: not alive(members))


class TestLeftovers:
    def test_spares_a_process_that_got_the_same_id(self, tmp_path):
        path = tmp_path / "children.json"
        child = Child(spec(SLEEPER, tmp_path))
        child.start()
        leftovers.remember(path, [child])
        path.write_text(path.read_text().replace('"started": ', '"started": 1'))
        assert leftovers.end(path) == 0
        assert child.running
        child.stop()

    def test_needs_no_file(self, tmp_path):
        assert leftovers.end(tmp_path / "children.json") == 0
