"""A request and its answer between the HTTP server and the sandbox behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class Delivery(Enum):
    """What happens to an answer on its way back."""

    WHOLE = auto()
    #: The connection is closed without a byte.
    DROPPED = auto()
    #: Half of the body, then a reset.
    RESET = auto()
    #: Half of the body as if it were all.
    TRUNCATED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call. Header names are lower case; `form` is the query string or the body as sent."""

    method: str
    path: str
    form: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """The idempotency key, which counts for POST only."""
        return self.headers.get("idempotency-key") if self.method == "POST" else None


@dataclass(slots=True, kw_only=True)
class Answer:
    """An HTTP answer: JSON in `body`, or a text such as a proxy's HTML page."""

    status: int = 200
    body: dict[str, Any] | str = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
