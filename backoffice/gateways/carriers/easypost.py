"""EasyPost: an `Event` whose `result` is a `Tracker` with all its `tracking_details`.

Signed with the `webhook_secret` that was chosen when the webhook was made. The time of a scan has the zone of its
place, or UTC where EasyPost does not know the place.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import Final

from backoffice.gateways.carriers import values
from backoffice.gateways.carriers.service import Body, CarrierService, Heading, Scan, Tracking
from backoffice.gateways.signatures import prove

_PREFIX: Final = "hmac-sha256-hex="


def _prove(payload: bytes, signature: str, secrets: Sequence[str], now: dt.datetime) -> None:
    del now
    # Their client libraries normalise the secret so.
    plain = [unicodedata.normalize("NFKD", secret) for secret in secrets]
    prove(payload, [signature], plain, written=lambda digest: _PREFIX + digest.hex())


def _heading(body: Body) -> Heading:
    mode = body.get("mode")
    return Heading(
        id=body.get("id"),
        type=body.get("description"),
        made=values.moment_or_none(body.get("created_at")),
        number=values.number(values.part(body, "result").get("tracking_code")),
        live=mode == "production" if isinstance(mode, str) else None,
    )


def _tracking(body: Body) -> Tracking:
    return values.tracking(values.part(body, "result").get("tracking_details"), _scan)


def _scan(detail: Body) -> Scan | None:
    place = values.part(detail, "tracking_location")
    return values.scan(
        code=detail.get("status"),
        at=detail.get("datetime"),
        reason=detail.get("status_detail"),
        place=[place.get(name) for name in ("city", "state", "country")],
        note=detail.get("message"),
    )


SERVICE: Final = CarrierService(
    name="easypost",
    header="X-Hmac-Signature",
    prove=_prove,
    heading=_heading,
    types=("tracker.created", "tracker.updated"),
    tracking=_tracking,
)
