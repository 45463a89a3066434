"""Telling scans as carrier services do: the same few in the words of each, properly signed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st
from werkzeug.test import TestResponse

from backoffice.clock import now
from backoffice.factory.application import Application
from backoffice.gateways.carriers.registry import SERVICES

#: By service: the secret now and the one before it.
SECRETS: Final = {name: (f"{name} s\u00e9cret, new", f"{name} secret, old") for name in SERVICES}
#: What each service calls the stages of a parcel.
WORDS: Final = {
    "easypost": {"made": "pre_transit", "moving": "in_transit", "tour": "out_for_delivery", "there": "delivered"},
    "aftership": {"made": "InfoReceived", "moving": "InTransit", "tour": "OutForDelivery", "there": "Delivered"},
    "shippo": {"made": "PRE_TRANSIT", "moving": "TRANSIT", "tour": "TRANSIT", "there": "DELIVERED"},
}


@dataclass(frozen=True)
class Stage:
    """A scan: a word of `WORDS`, or any other code, and when."""

    word: str
    at: str


def ago(*, hours: float) -> str:
    """A time before now, in UTC, to the second."""
    return (now() - dt.timedelta(hours=hours)).replace(microsecond=0).isoformat()


def body_of(service: str, number: str | None, stages: Sequence[Stage], **values: Any) -> dict[str, Any]:
    """An event with these scans, shaped as the service's documentation shows it."""
    words = WORDS[service]
    return _SHAPES[service](number, [(words.get(one.word, one.word), one.at) for one in stages]) | values


def _easypost(number: str | None, scans: Sequence[tuple[str, str]]) -> dict[str, Any]:
    details = [
        {
            "object": "TrackingDetail",
            "status": code,
            "status_detail": "arrived_at_facility",
            "message": "Seen",
            "datetime": at,
            "tracking_location": {"city": "ORLANDO", "state": "FL", "country": "US", "zip": "32809"},
        }
        for code, at in scans
    ]
    tracker = {"id": "trk_1", "object": "Tracker", "tracking_code": number, "weight": 614.4}
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "Event",
        "description": "tracker.updated",
        "mode": "production",
        "created_at": ago(hours=0),
        "result": tracker | {"tracking_details": details},
    }


def _aftership(number: str | None, scans: Sequence[tuple[str, str]]) -> dict[str, Any]:
    checkpoints = [
        {
            "tag": code,
            "subtag": f"{code}_001",
            "message": "Seen",
            "checkpoint_time": at,
            "location": None,
            "city": "Orlando",
            "state": "FL",
            "country_iso3": "USA",
        }
        for code, at in scans
    ]
    return {
        "event": "tracking_update",
        "event_id": str(uuid.uuid4()),
        "is_tracking_first_tag": True,
        "msg": {"id": "1", "tracking_number": number, "slug": "usps", "checkpoints": checkpoints},
        "ts": int(time.time()),
    }


def _shippo(number: str | None, scans: Sequence[tuple[str, str]]) -> dict[str, Any]:
    history = [
        {
            "status": code,
            "status_details": "Seen",
            "status_date": at,
            "substatus": {"code": "package_accepted", "text": "", "action_required": False},
            "location": {"city": "Orlando", "state": "FL", "zip": "32809", "country": "US"},
        }
        for code, at in scans
    ]
    newest = history[-1] | {"object_updated": ago(hours=0)} if history else None
    track = {"tracking_number": number, "carrier": "usps", "tracking_history": history, "tracking_status": newest}
    return {"event": "track_updated", "test": False, "data": track}


_SHAPES: Final[Mapping[str, Callable[..., dict[str, Any]]]] = {
    "easypost": _easypost,
    "aftership": _aftership,
    "shippo": _shippo,
}


_LEAVES: Final = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_ANYTHING: Final = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def nonsense(service: str) -> st.SearchStrategy[Any]:
    """An event with something else in some of its places, or anything at all."""
    return _mangled(body_of(service, "1Z1", [Stage("moving", "2026-01-01T00:00:00")])) | _ANYTHING


def _mangled(value: Any) -> st.SearchStrategy[Any]:
    match value:
        case dict():
            parts = {name: _mangled(one) | _ANYTHING for name, one in value.items()}
            return st.fixed_dictionaries({}, optional=parts)
        case list():
            return st.lists(st.sampled_from(value).flatmap(_mangled) | _ANYTHING, max_size=3) if value else st.just([])
        case _:
            return st.just(value)


def signature(service: str, payload: bytes, secret: str | None = None) -> str:
    """What the service writes into its header."""
    key = (secret or SECRETS[service][0]).encode()
    match service:
        case "easypost":
            # Decomposed, as their libraries do it.
            digest = hmac.new(key.replace("\u00e9".encode(), "e\u0301".encode()), payload, hashlib.sha256)
            return f"hmac-sha256-hex={digest.hexdigest()}"
        case "aftership":
            return base64.b64encode(hmac.new(key, payload, hashlib.sha256).digest()).decode()
        case _:
            at = int(time.time())
            return f"t={at},v1={hmac.new(key, f'{at}.'.encode() + payload, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True)
class Carriers:
    """The services' side of the endpoints."""

    app: Application

    def send(self, service: str, body: Mapping[str, Any], secret: str | None = None) -> TestResponse:
        """One event, properly signed."""
        payload = json.dumps(body).encode()
        return self.post(service, payload, signature(service, payload, secret))

    def post(self, service: str, payload: bytes, signed: str | None) -> TestResponse:
        """Any bytes with any signature."""
        return self.app.test_client().post(
            f"/webhooks/{service}",
            data=payload,
            base_url="http://127.0.0.1:8000",
            headers={SERVICES[service].header: signed} if signed is not None else {},
            content_type="application/json",
        )
