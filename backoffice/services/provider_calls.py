"""The pattern of every call that moves money: key and parameters, then the call, then the outcome (M3, M4, IDE-2)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.errors import DomainError
from backoffice.gateways.payments import Outcome, Refused, Unknown
from backoffice.services import settings
from backoffice.services.failures import NOT_EXECUTED

#: Stripe may forget a key after 24 hours; from here on it is never sent again without looking first (IDE-2, M5).
KEY_LIFETIME = dt.timedelta(hours=23)


class OutgoingStoppedError(DomainError):
    """The switch "stop all outgoing money" is on; nothing was sent, and it may be tried again later (M15)."""

    status = 503
    code = "outgoing_stopped"

    def __init__(self) -> None:
        super().__init__("All outgoing money is stopped at the moment.")


def outgoing_stopped(session: Session) -> bool:
    """Whether somebody pulled the switch "stop all outgoing money" (M15)."""
    return bool(settings.get(session, "money.outgoing_stopped"))


def prepare(session: Session, row: Any, *, key: str, params: Mapping[str, Any]) -> None:
    """Store key, parameters and their hash on `row`; the caller commits before the first call (M3)."""
    row.first_sent_at = session.scalar(sa.select(NOW))
    row.idempotency_key = key
    row.request_params = dict(params)
    row.request_hash = hashlib.sha256(json.dumps(row.request_params, sort_keys=True).encode()).hexdigest()


def key_is_old(session: Session, row: Any) -> bool:
    """Whether the key on `row` may no longer be known to Stripe."""
    return bool(session.scalar(sa.select(NOW - row.first_sent_at > KEY_LIFETIME)))


def perform(
    *, create: Callable[[], Outcome], find: Callable[[], Outcome | None], look_first: bool, key_is_old: bool
) -> Outcome:
    """Call the provider once, and adopt what is already there instead of doing it again (IDE-2).

    `look_first` when the call may have been made before. An old key is never sent again: what Stripe does not have
    after a day was not executed, which is a definite failure and allows a new attempt.
    """
    if look_first:
        found = find()
        if found is not None:
            return found
        if key_is_old:
            return Refused(code=NOT_EXECUTED, message="Stripe has no record of this request.")
    outcome = create()
    if isinstance(outcome, Unknown):
        return find() or outcome
    return outcome
