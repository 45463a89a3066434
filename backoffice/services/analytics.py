"""Analytics events as the shop sends them: a small batch, checked, with networks instead of addresses (C6.71)."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

import fastjsonschema
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.errors import DomainError, InvalidInputError
from models import AnalyticsEvent, User
from models.base import uuid7
from models.schemas import ANALYTICS

#: Events that are taken in a minute, from whoever has a key.
MOST_A_MINUTE: Final = 6_000
_MINUTE: Final = dt.timedelta(minutes=1)
_NETWORKS: Final = {4: 24, 6: 48}
_check: Final = fastjsonschema.compile(dict(ANALYTICS))


def read(payload: bytes) -> Sequence[Mapping[str, Any]]:
    """The events of a request. Raises `InvalidInputError` for whatever is no batch of events, never anything else."""
    try:
        batch = json.loads(payload, parse_constant=_refuse)
        # What JSON can say and PostgreSQL cannot keep: NUL, halves of characters, numbers without end.
        if "\\u0000" in json.dumps(batch, allow_nan=False):
            raise InvalidInputError("No text may have a NUL in it.")
        json.dumps(batch, ensure_ascii=False).encode()
        _check(batch)
    except fastjsonschema.JsonSchemaValueException as refused:
        raise InvalidInputError(f"{refused.message.replace('data', 'batch', 1)}.") from None
    except (ValueError, RecursionError):
        raise InvalidInputError("This is not JSON that can be kept.") from None
    events: Sequence[Mapping[str, Any]] = batch["events"]
    return events


def store(session: Session, events: Sequence[Mapping[str, Any]]) -> int:
    """Keep the events; how many. A person whom nobody knows any more is nobody.

    Raises `InvalidInputError` for an address that is none, `DomainError` (429) when too many came in the last minute.
    """
    recent = sa.select(sa.func.count()).select_from(AnalyticsEvent).where(AnalyticsEvent.created_at > NOW - _MINUTE)
    if session.scalars(recent).one() + len(events) > MOST_A_MINUTE:
        raise DomainError("Too many events came in the last minute.", code="too_many", status=429)
    given = {uuid.UUID(one["user_id"]) for one in events if one.get("user_id")}
    known = set(session.scalars(sa.select(User.id).where(User.id.in_(given)))) if given else set()
    session.execute(sa.insert(AnalyticsEvent), [_row(one, known) for one in events])
    return len(events)


def network(address: str) -> str:
    """The network of an address: its first 24 bits, of IPv6 48. Raises `InvalidInputError` when it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        raise InvalidInputError("An ip is no address.", field="ip") from None
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or ipaddress.IPv6Address(int(found))
    return str(ipaddress.ip_network((found, _NETWORKS[found.version]), strict=False))


def _row(event: Mapping[str, Any], known: set[uuid.UUID]) -> dict[str, Any]:
    user_id = uuid.UUID(event["user_id"]) if event.get("user_id") else None
    return {
        "id": uuid7(),
        "user_id": user_id if user_id in known else None,
        "event_type": event["type"],
        "event_name": event["name"],
        "properties": event.get("properties"),
        "session_id": event.get("session_id"),
        "ip_address": network(event["ip"]) if event.get("ip") else None,
        "user_agent": event.get("user_agent"),
    }


def _refuse(constant: str) -> None:
    raise ValueError(constant)
