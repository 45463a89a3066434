"""TCP ports of this machine: is one free, does one answer."""

from __future__ import annotations

import errno
import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

from backoffice.servers.errors import StartError


def require_free(host: str, port: int, *, setting: str) -> None:
    """Raise `StartError`, naming the `setting` to change, when nobody could listen on `host:port`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise StartError(f"There is no such host as {host}: set HOST to an address of this machine.") from None
    with socket.socket(family, kind, protocol) as probe:
        # A port in TIME_WAIT is free for a server, which sets the same option.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise StartError(_sentence(error, host, port, setting)) from None


def _sentence(error: OSError, host: str, port: int, setting: str) -> str:
    """Why the port cannot be had, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program: stop it, or set {setting} to a free port."
    if error.errno == errno.EACCES:
        return f"Port {port} may only be used by root: set {setting} to a port above 1023."
    return f"{host}:{port} cannot be listened on ({error.strerror}): set HOST to an address of this machine."


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(host: str, port: int, *, seconds: float = 1.0) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except OSError:
        return False
    return True


def post_json(base: str, path: str, body: Any) -> None:
    """POST `body` as JSON to one of our own servers. Raises `StartError` unless it is accepted."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status >= 300:
            raise StartError(f"{base}{path} answered {answer.status}: {answer.read(300)!r}")
    finally:
        connection.close()
