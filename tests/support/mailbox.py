"""The mail server of the sandbox, in a thread, and what came to it."""

from __future__ import annotations

import email
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from backoffice.sandbox.mail.server import Mailbox
from backoffice.servers import ports


@dataclass(frozen=True, kw_only=True)
class RunningMailbox:
    """A mailbox that can be sent to."""

    box: Mailbox
    port: int

    @property
    def url(self) -> str:
        """Its address as a setting."""
        return f"smtp://127.0.0.1:{self.port}"

    def mails(self) -> list[EmailMessage]:
        """What came, in order."""
        return read(self.box.folder)


def read(folder: Path) -> list[EmailMessage]:
    """The mails in a folder, in the order in which they came."""
    return [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[arg-type]
        for path in sorted(folder.glob("[!.]*.eml"))
    ]


@contextmanager
def running_mailbox(folder: Path, box: Mailbox | None = None, **options: Any) -> Iterator[RunningMailbox]:
    """A server on a free port, with aiosmtpd's own `options`."""
    box, port = box or Mailbox(folder), ports.free_port()
    server = Controller(box, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield RunningMailbox(box=box, port=port)
    finally:
        server.stop()
