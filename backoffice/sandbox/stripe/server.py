"""HTTP on loopback around the sandbox; able to close, cut and reset a connection as a broken network would."""

from __future__ import annotations

import json
import socket
import struct
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from backoffice.sandbox.stripe import control
from backoffice.sandbox.stripe.courier import Courier
from backoffice.sandbox.stripe.service import Sandbox
from backoffice.sandbox.stripe.wire import Answer, Delivery, Request

MAX_BODY: Final = 64 * 1024 * 1024
#: SO_LINGER with zero seconds: closing sends a reset instead of a polite end.
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Server(ThreadingHTTPServer):
    """The listening socket and the sandbox behind it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        state: Path | None = None,
        webhook: tuple[str, str] | None = None,
        rate_limit: int | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.sandbox = Sandbox(state, webhook, rate_limit)
        self.courier = Courier(self.sandbox.store)

    @property
    def port(self) -> int:
        """The port, chosen by the system when 0 was asked for."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what the sandbox is for; anything else is told on stderr."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive between requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Read."""
        self._serve()

    def do_POST(self) -> None:
        """Write."""
        self._serve()

    def do_DELETE(self) -> None:
        """Clear."""
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent: the log is at `/_log`."""

    def _serve(self) -> None:
        """Read the request, let the sandbox answer, deliver."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self._send(Answer(status=413, body={"error": {"message": "Too large."}}))
            return
        body = self.rfile.read(length).decode()
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=url.path,
            form=url.query if self.command == "GET" else body,
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        if url.path.startswith("/_"):
            self._send(control.handle(self.server.sandbox, request))
        else:
            self._send(self.server.sandbox.handle(request))

    def _send(self, answer: Answer) -> None:
        """Write the answer in one piece, or spoil it as its delivery says."""
        if answer.delivery is Delivery.DROPPED:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        html = isinstance(answer.body, str)
        body = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        sent = body[: len(body) // 2] if answer.delivery in {Delivery.RESET, Delivery.TRUNCATED} else body
        length = len(body) if answer.delivery is Delivery.RESET else len(sent)
        headers = {
            "Content-Type": "text/html" if html else "application/json",
            "Content-Length": str(length),
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + sent)
        if answer.delivery is Delivery.RESET:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
