"""What a payment provider tells us of its own accord, in plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from backoffice.errors import DomainError


class BadSignatureError(DomainError):
    """Whoever sent it does not prove to be the provider, or proves it too late; nothing of it is believed (WEB-1)."""

    status = 400
    code = "bad_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """One event. `account` is the connected account it is about; None for the platform's own."""

    id: str
    type: str
    account: str | None
    livemode: bool
    created: dt.datetime
    object_type: str | None
    object_id: str | None
    body: Mapping[str, Any]


class ReadEvent(Protocol):
    """How a provider's event is read from what was posted."""

    def __call__(
        self, payload: bytes, signature: str, secrets: Sequence[str], tolerance: dt.timedelta, now: dt.datetime
    ) -> ProviderEvent:
        """The event, if one of `secrets` signed just this within `tolerance` of `now`. Raises `BadSignatureError`."""
