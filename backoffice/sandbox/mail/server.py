"""The mail server: SMTP by aiosmtpd, a folder as the only mailbox."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_HOST: Final = "127.0.0.1"
_TAKEN: Final = "250 2.0.0 Taken"
#: How many mails are kept; a machine that is left running must not fill its disk with them.
KEPT: Final = 500


class Mailbox:
    """What is done with a mail: the newest `kept` are files `.eml`, under names in the order of arrival."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self.folder = folder
        self._kept = kept
        #: What the next mails are answered instead, such as `451 4.3.0 Busy`: a server in trouble.
        self.troubles: deque[str] = deque()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take every address, unless a trouble about addresses comes next."""
        del server, session, options
        if self.troubles and self.troubles[0].startswith("550"):
            return self.troubles.popleft()
        envelope.rcpt_tos.append(address)
        return _TAKEN

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Keep the mail as it came, as a whole or not at all."""
        del server, session
        if self.troubles:
            return self.troubles.popleft()
        content = envelope.content
        name = f"{time.time_ns()}.eml"
        draft = self.folder / f".{name}"
        draft.write_bytes(content if isinstance(content, bytes) else (content or "").encode())
        draft.replace(self.folder / name)
        self._forget()
        return _TAKEN

    def _forget(self) -> None:
        """Remove all but the newest; somebody may be clearing the folder too."""
        for path in sorted(self.folder.glob("[!.]*.eml"))[: -self._kept]:
            path.unlink(missing_ok=True)


def make_server(mailbox: Mailbox, port: int) -> Controller:
    """A server in a thread of its own, which `start` begins and `stop` ends."""
    return Controller(mailbox, hostname=_HOST, port=port)
