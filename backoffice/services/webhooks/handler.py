"""What handles a kind of event, and how handling can end.

Events come in any order and any number of times. So a handler asks the provider how the object is now (`fetch`), or
refuses to go back behind what is known already; then the last event applied is never the one that happens to be right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.gateways.payments import Payments
from models import WebhookEvent
from models.webhook_event import WebhookEventStatus, WebhookProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How it ended, in a sentence for people."""

    status: WebhookEventStatus
    message: str


#: Asks the provider, while no transaction is open. What it returns is handed to `apply`.
Fetch: TypeAlias = Callable[[Payments, WebhookEvent], Any]
#: Changes rows in one transaction. A `DomainError` ends the event as failed: a person looks.
Apply: TypeAlias = Callable[[Session, WebhookEvent, Any, Acting], Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """One object for each kind of thing that events are about."""

    types: tuple[str, ...]
    apply: Apply
    #: Only Stripe is asked; what carriers tell is a fact that stays one.
    fetch: Fetch | None = None
    provider: WebhookProvider = WebhookProvider.STRIPE


def processed(message: str) -> Result:
    """It changed something."""
    return Result(status=WebhookEventStatus.PROCESSED, message=message)


def ignored(message: str) -> Result:
    """There was nothing to do, and there never will be."""
    return Result(status=WebhookEventStatus.IGNORED, message=message)


def parked(message: str) -> Result:
    """What it is about is not known here yet: tried again, for three days (WEB-2)."""
    return Result(status=WebhookEventStatus.PARKED, message=message)


def failed(message: str) -> Result:
    """Something in it is wrong, and stays so: a person must look."""
    return Result(status=WebhookEventStatus.FAILED, message=message)


def subject(event: WebhookEvent) -> dict[str, Any]:
    """The object in the event, as it was when the event happened; empty when there is none."""
    found = event.body.get("data", {}).get("object", {})
    return found if isinstance(found, dict) else {}
