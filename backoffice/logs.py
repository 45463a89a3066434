"""Log lines: one a record, with the request id, control characters escaped and secrets removed (A5)."""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from typing import TextIO

#: Request id, or id of the job step, that every line of this thread carries.
request_id: ContextVar[str] = ContextVar("request_id", default="-")

_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b((?:sk|rk|pk)_(?:test|live)_)[A-Za-z0-9]+"), r"\1***"),
    (re.compile(r"\b(whsec_)[A-Za-z0-9+/=_-]+"), r"\1***"),
    (re.compile(r"\$(?:argon2id?|2[aby])\$[^\s'\")]+"), "***"),
    (re.compile(r"(?i)\b(bearer|basic) [A-Za-z0-9+/=._~-]{8,}"), r"\1 ***"),
    (re.compile(r"(://[^\s:/@]*:)[^\s@/]+@"), r"\1***@"),
    (re.compile(r"(?i)(['\"]?\b\w*(?:password|passwd|secret(?:_key)?|csrf_token|api_key|token)['\"]?\s*[=:]\s*['\"]?)"
                r"[^\s'\",;&)}]+"), r"\1***"),
    # PostgreSQL tells whole rows and key values in its errors: personal data.
    (re.compile(r"(Failing row contains \().*"), r"\1***)"),
    (re.compile(r"(Key \([^)]*\)=\().*?(\) (?:already|is|conflicts))"), r"\1***\2"),
)  # fmt: skip


def setup(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every logger of this process to `stream` (standard error) in the house format; safe to call again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(SafeFormatter(_FORMAT))
    handler.addFilter(_with_request_id)
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, SafeFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # It tells dozens of lines of each PDF that has a font in it.
    logging.getLogger("fontTools").setLevel(logging.WARNING)


def clean(text: str) -> str:
    """`text` on one line, without control characters (CR, LF, ANSI escapes) and without secrets."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class SafeFormatter(logging.Formatter):
    """Cleans the message and each line of a traceback; continued lines are indented, so none can pose as a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, safe to write to a file or a terminal."""
        return "\n    | ".join(clean(line) for line in self._lines(record))

    def _lines(self, record: logging.LogRecord) -> list[str]:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        lines = [self.formatMessage(record)]
        if record.exc_info:
            lines += self.formatException(record.exc_info).splitlines()
        if record.stack_info:
            lines += record.stack_info.splitlines()
        return lines


def _with_request_id(record: logging.LogRecord) -> bool:
    if not hasattr(record, "request_id"):
        record.request_id = request_id.get()
    return True
