"""Shippo: `track_updated` with the parcel's `tracking_history`, of which `tracking_status` is the newest entry.

Shippo signs as Stripe does, once its support has set that up for the account. Its events have no name of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from backoffice.gateways.carriers import values
from backoffice.gateways.carriers.service import Body, CarrierService, Heading, Scan, Tracking
from backoffice.gateways.signatures import prove_timed


def _prove(payload: bytes, signature: str, secrets: Sequence[str], now: dt.datetime) -> None:
    prove_timed(payload, signature, secrets, now=now)


def _heading(body: Body) -> Heading:
    test, track = body.get("test"), values.part(body, "data")
    return Heading(
        id=None,
        type=body.get("event"),
        made=values.moment_or_none(values.part(track, "tracking_status").get("object_updated")),
        number=values.number(track.get("tracking_number")),
        live=not test if isinstance(test, bool) else None,
    )


def _tracking(body: Body) -> Tracking:
    track = values.part(body, "data")
    history, newest = track.get("tracking_history"), values.part(track, "tracking_status")
    if newest and isinstance(history, list) and not any(_same(newest, one) for one in history):
        history = [*history, newest]
    return values.tracking(history, _scan)


def _same(newest: Body, entry: Any) -> bool:
    names = ("status", "status_date")
    return isinstance(entry, dict) and all(entry.get(name) == newest.get(name) for name in names)


def _scan(entry: Body) -> Scan | None:
    place = values.part(entry, "location")
    return values.scan(
        code=entry.get("status"),
        at=entry.get("status_date"),
        reason=values.part(entry, "substatus").get("code"),
        place=[place.get(name) for name in ("city", "state", "country")],
        note=entry.get("status_details"),
    )


SERVICE: Final = CarrierService(
    name="shippo",
    header="Shippo-Auth-Signature",
    prove=_prove,
    heading=_heading,
    types=("track_updated",),
    tracking=_tracking,
)
