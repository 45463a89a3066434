"""What a carrier service is: how it signs what it sends, and how its events are read (WEB-1, SHP-2)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from backoffice.errors import DomainError
from backoffice.gateways.provider import ProviderEvent

Body: TypeAlias = Mapping[str, Any]

#: As long as `webhook_events` keeps them; a longer or stranger one is no name of an event.
_NAME: Final = re.compile(r"[!-~]{1,255}\Z")
#: Their events are five levels deep.
_DEEPEST: Final = 50


class BadEventError(DomainError):
    """Properly signed, but not what the service's documentation says: nobody could act on it."""

    status = 400
    code = "bad_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Something that happened to a parcel, in the service's words."""

    code: str
    #: Maybe some hours late or early: what is no more than a local time was read as UTC.
    at: dt.datetime
    reason: str | None
    event_id: str | None
    location: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """All that an event says of one parcel."""

    scans: Sequence[Scan]
    #: How many scans have no time, so that nobody knows where they belong.
    undated: int
    #: How many could not be understood.
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the inbox wants to know of an event; whatever may be missing is None."""

    id: Any
    type: Any
    made: dt.datetime | None
    number: str | None
    live: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierService:
    """One service. Its secrets are in the setting `<NAME>_WEBHOOK_SECRET`, its address is `/webhooks/<name>`."""

    #: A value of `models.webhook_event.WebhookProvider` and of `models.shipment.EventSource`.
    name: str
    #: The header with the signature.
    header: str
    #: Body, signature, secrets and now. Raises `BadSignatureError`.
    prove: Callable[[bytes, str, Sequence[str], dt.datetime], None]
    heading: Callable[[Body], Heading]
    #: Types of the events that tell of scans; the others are kept, and nothing follows from them.
    types: tuple[str, ...]
    #: What an event of these types says. Raises `BadEventError`.
    tracking: Callable[[Body], Tracking]


def read_event(
    service: CarrierService, payload: bytes, signature: str, secrets: Sequence[str], *, now: dt.datetime
) -> ProviderEvent:
    """The event in a request's raw body. Raises `BadSignatureError`, and `BadEventError` for what is signed but none.

    One without a name of its own is called by the hash of its body, so that a second delivery of it is the same one.
    """
    service.prove(payload, signature, secrets, now)
    body = _json(payload)
    heading = service.heading(body)
    if not _is_name(heading.type):
        raise BadEventError("The body does not say what kind of event it is.")
    return ProviderEvent(
        provider=service.name,
        id=heading.id if _is_name(heading.id) else f"sha256:{hashlib.sha256(payload).hexdigest()}",
        type=heading.type,
        account=None,
        livemode=heading.live,
        created=heading.made or now,
        object_type="tracker" if heading.number else None,
        object_id=heading.number,
        body=body,
    )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.match(value) is not None


def _json(payload: bytes) -> Body:
    """The object that is the body. Raises `BadEventError`."""
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadEventError("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise BadEventError("The body is not a JSON object.")
    if not _storable(body):
        raise BadEventError("The body is nested too deeply, or has a number that is none.")
    return body


def _storable(body: Any) -> bool:
    """Whether PostgreSQL and we can keep it: not too deep, and without infinities."""
    level = [body]
    for _ in range(_DEEPEST):
        if any(isinstance(one, float) and not math.isfinite(one) for one in level):
            return False
        lists = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [value for values in lists for value in values]
        if not level:
            return True
    return False
