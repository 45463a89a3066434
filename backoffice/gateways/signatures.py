"""Whether somebody else's server signed a request's raw body with a secret that only it and we know (WEB-1)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from backoffice.errors import DomainError

#: As long as Stripe's own SDK allows.
TOLERANCE: Final = dt.timedelta(minutes=5)

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}\Z")


class BadSignatureError(DomainError):
    """Not signed with one of our secrets, or not lately, or not an event: nothing of it is kept (WEB-1)."""

    status = 400
    code = "bad_signature"


def prove(
    signed: bytes, signatures: Iterable[str], secrets: Sequence[str], *, written: Callable[[bytes], str] = bytes.hex
) -> None:
    """Raise `BadSignatureError` unless one of `signatures` is the HMAC-SHA256 of `signed` with one of `secrets`.

    `written` is how the sender writes the digest. There are two secrets while one is being replaced.
    """
    expected = [
        written(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).encode() for secret in secrets if secret
    ]
    given = [signature.encode() for signature in signatures]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
        raise BadSignatureError("The signature is not that of this body.")


def prove_timed(
    payload: bytes, header: str, secrets: Sequence[str], *, now: dt.datetime, tolerance: dt.timedelta = TOLERANCE
) -> None:
    """The same for a header such as `t=1700000000,v1=5257a8...`, whose time is signed together with the body.

    A time that is more than `tolerance` before or after `now` is refused (M13). Raises `BadSignatureError`.
    """
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    if len(stamps) != 1 or not _TIMESTAMP.match(stamps[0]):
        raise BadSignatureError("The signature has no time.")
    prove(stamps[0].encode() + b"." + payload, [value for name, _, value in pairs if name == "v1"], secrets)
    if abs(now.timestamp() - int(stamps[0])) > tolerance.total_seconds():
        raise BadSignatureError("The signature is too old or from the future.")
