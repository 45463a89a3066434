"""Webhooks of Stripe: is it theirs, is it fresh, what is it. Needs no SDK and no key, so the web process can (M16)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from backoffice.errors import DomainError
from backoffice.gateways.provider import ProviderEvent

#: As long as Stripe's own SDK allows.
TOLERANCE: Final = dt.timedelta(minutes=5)

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}\Z")


class BadSignatureError(DomainError):
    """Not signed by Stripe with one of our secrets, or not lately, or not an event: nothing of it is kept (WEB-1)."""

    status = 400
    code = "bad_signature"


def read_event(
    payload: bytes, signature: str, secrets: Sequence[str], *, now: dt.datetime, tolerance: dt.timedelta = TOLERANCE
) -> ProviderEvent:
    """The event in a request's raw body, signed in its `Stripe-Signature` header with one of `secrets`.

    There are two secrets while one is being rolled. A time that is more than `tolerance` before or after `now` is
    refused (M13). Raises `BadSignatureError`.
    """
    stamp, signatures = _parts(signature)
    signed = stamp.encode() + b"." + payload
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets if secret]
    if not any(hmac.compare_digest(ours.encode(), theirs.encode()) for ours in expected for theirs in signatures):
        raise BadSignatureError("The signature is not that of this body.")
    if abs(now - _time(int(stamp))) > tolerance:
        raise BadSignatureError("The signature is too old or from the future.")
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
        id=_text(body["id"]),
        type=_text(body["type"]),
        account=_text(body["account"]) if body.get("account") else None,
        livemode=body["livemode"] is not False,
        created=_time(body["created"]),
        object_type=_text(about["object"]),
        object_id=_text(about["id"]) if about.get("id") else None,
        body=body,
    )


def _parts(signature: str) -> tuple[str, list[str]]:
    """The time and the v1 signatures of a header such as `t=1700000000,v1=5257a8...,v0=...`."""
    pairs = [part.strip().partition("=") for part in signature.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    if len(stamps) != 1 or not _TIMESTAMP.match(stamps[0]):
        raise BadSignatureError("The signature has no time.")
    return stamps[0], [value for name, _, value in pairs if name == "v1"]


def _text(value: Any) -> str:
    """A text that is one."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _time(seconds: int) -> dt.datetime:
    """Stripe's seconds as a time."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
