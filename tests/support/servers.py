"""One PostgreSQL and one Valkey for a whole test run, started by whichever process needs them first."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from backoffice.servers import folders, postgres, valkey
from backoffice.servers.child import Child, Spec

#: Names the folder that the processes of one run share; set by the process that starts the run.
FOLDER = "BACKOFFICE_TEST_FOLDER"
#: Nothing here needs to survive a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
VALKEY_DATABASES = 64
_PREFIX = "backoffice-tests-"


def make_folder() -> None:
    """Called once, before xdist starts its processes, which inherit the environment."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        _tidy(old)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # PostgreSQL runs as another user when the tests run as root.
    folder.chmod(0o711)
    (folder / "owner").write_text(json.dumps([os.getpid(), psutil.Process().create_time()]), encoding="ascii")
    os.environ[FOLDER] = str(folder)


def _tidy(folder: Path) -> None:
    """End the servers of a run that was killed before it could do so itself."""
    try:
        pid, started = json.loads((folder / "owner").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return
    if folder.stat().st_uid != os.geteuid():
        return
    try:
        if abs(psutil.Process(pid).create_time() - started) < 1:
            return
    except psutil.NoSuchProcess:
        pass
    _remove(folder)


def new_folder(prefix: str) -> Path:
    """A folder of this run for a copy with its own PostgreSQL; pytest closes its own folders to other users."""
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=os.environ[FOLDER]))
    folder.chmod(0o711)
    return folder


def remove_folder() -> None:
    """Stop the servers of this run and remove their data."""
    _remove(Path(os.environ.pop(FOLDER)))


def _remove(folder: Path) -> None:
    for path in folder.glob("*.pid"):
        row = json.loads(path.read_text(encoding="ascii"))
        try:
            process = psutil.Process(row["pid"])
        except psutil.NoSuchProcess:
            continue
        if abs(process.create_time() - row["started"]) > 1:
            continue
        process.send_signal(row["signal"])
        psutil.wait_procs([process], timeout=20)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def once(name: str) -> Iterator[Path | None]:
    """Give the first process of the run a file to write when it has done `name`; the others wait and get None."""
    folder = Path(os.environ[FOLDER])
    done = folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield None if done.exists() else done


def shared(name: str, make: Callable[[], Any]) -> Any:
    """The JSON value that `make` gave in the process that came first."""
    with once(name) as done:
        if done is not None:
            done.write_text(json.dumps(make()), encoding="utf-8")
    return json.loads((Path(os.environ[FOLDER]) / f"{name}.done").read_text(encoding="utf-8"))


def start_postgres() -> str:
    """A superuser's address of the run's PostgreSQL, or BACKOFFICE_TEST_DATABASE_URL when that is set."""
    given = os.environ.get("BACKOFFICE_TEST_DATABASE_URL")
    if given:
        return given

    def make() -> str:
        folder = Path(os.environ[FOLDER])
        (folder / "run").mkdir(exist_ok=True)
        server = postgres.prepare(folder / "postgres", folders.socket_folder(folder, "postgres"))
        _start(server.spec(folder / "postgres.log", FAST))
        return server.url("postgres")

    return str(shared("postgres", make))


def start_valkey() -> Path:
    """The socket folder of the run's Valkey."""

    def make() -> str:
        folder = Path(os.environ[FOLDER])
        (folder / "run").mkdir(exist_ok=True)
        sockets = folders.socket_folder(folder, "valkey")
        log = folder / "valkey.log"
        _start(valkey.spec(folder / "valkey", sockets, log, databases=VALKEY_DATABASES, keep=False))
        return str(sockets)

    return Path(shared("valkey", make))


def _start(spec: Spec) -> None:
    """Start a server, note its process for whoever ends the run, wait until it answers."""
    child = Child(spec)
    child.start()
    note = {
        "pid": child.pid,
        "started": psutil.Process(child.pid).create_time(),
        "signal": int(spec.stop_signal or signal.SIGTERM),
    }
    (Path(os.environ[FOLDER]) / f"{spec.name}.pid").write_text(json.dumps(note), encoding="ascii")
    limit = time.monotonic() + 60
    while spec.ready is not None and not spec.ready():
        if not child.running or time.monotonic() > limit:
            raise RuntimeError(f"{spec.name} did not start: {child.last_words()}")
        time.sleep(0.05)
    # Whoever ends the run stops the server; without a result, Python would complain that nobody waited for it.
    assert child.process is not None
    child.process.returncode = 0
