"""Webhooks of Stripe: is it theirs, is it fresh, what is it. Needs no SDK and no key, so the web process can (M16)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from backoffice.gateways.provider import ProviderEvent
from backoffice.gateways.signatures import TOLERANCE, BadSignatureError, prove_timed

PROVIDER: Final = "stripe"


def read_event(
    payload: bytes, signature: str, secrets: Sequence[str], *, now: dt.datetime, tolerance: dt.timedelta = TOLERANCE
) -> ProviderEvent:
    """The event in a request's raw body, signed in its `Stripe-Signature` header with one of `secrets`.

    There are two secrets while one is being rolled. A time that is more than `tolerance` before or after `now` is
    refused (M13). Raises `BadSignatureError`.
    """
    prove_timed(payload, signature, secrets, now=now, tolerance=tolerance)
    try:
        return event_of(json.loads(payload))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadSignatureError("The body is not an event.") from error


def event_of(body: Mapping[str, Any]) -> ProviderEvent:
    """The event behind JSON that is known to be Stripe's. Raises `KeyError`, `TypeError` or `ValueError` for others."""
    about = body["data"]["object"]
    if body["object"] != "event":
        raise ValueError(body["object"])
    return ProviderEvent(
        provider=PROVIDER,
        id=_text(body["id"]),
        type=_text(body["type"]),
        account=_text(body["account"]) if body.get("account") else None,
        livemode=body["livemode"] is not False,
        created=_time(body["created"]),
        object_type=_text(about["object"]),
        object_id=_text(about["id"]) if about.get("id") else None,
        body=body,
    )


def _text(value: Any) -> str:
    """A text that is one."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _time(seconds: int) -> dt.datetime:
    """Stripe's seconds as a time."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
