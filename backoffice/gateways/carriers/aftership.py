"""AfterShip: a message whose `msg` is the tracking with all its `checkpoints`.

`checkpoint_time` is what the carrier printed: a day, a time without a zone (read as UTC), one with it, or nothing.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from backoffice.gateways.carriers import values
from backoffice.gateways.carriers.service import Body, CarrierService, Heading, Scan, Tracking
from backoffice.gateways.signatures import prove

#: Unix seconds of the years in which events are made.
_SECONDS: Final = range(946_684_800, 4_102_444_800)


def _prove(payload: bytes, signature: str, secrets: Sequence[str], now: dt.datetime) -> None:
    del now
    prove(payload, [signature], secrets, written=lambda digest: base64.b64encode(digest).decode())


def _heading(body: Body) -> Heading:
    return Heading(
        id=body.get("event_id"),
        type=body.get("event"),
        made=_made(body.get("ts")),
        number=values.number(values.part(body, "msg").get("tracking_number")),
        live=None,
    )


def _made(seconds: Any) -> dt.datetime | None:
    known = isinstance(seconds, int) and seconds in _SECONDS
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if known else None


def _tracking(body: Body) -> Tracking:
    return values.tracking(values.part(body, "msg").get("checkpoints"), _scan)


def _scan(checkpoint: Body) -> Scan | None:
    parts = [checkpoint.get(name) for name in ("city", "state", "country_iso3")]
    return values.scan(
        code=checkpoint.get("tag"),
        at=checkpoint.get("checkpoint_time"),
        reason=checkpoint.get("subtag"),
        # Versions since 2026-07 name each checkpoint.
        event_id=checkpoint.get("hash"),
        place=[checkpoint["location"]] if checkpoint.get("location") else parts,
        note=checkpoint.get("message"),
    )


SERVICE: Final = CarrierService(
    name="aftership",
    header="aftership-hmac-sha256",
    prove=_prove,
    heading=_heading,
    types=("tracking_update",),
    tracking=_tracking,
)
