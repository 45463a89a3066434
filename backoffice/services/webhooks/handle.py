"""An event in a worker's hands: taken by compare-and-set, brought to an end or tried again later (JOB-2, J10, J12)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.services import leases
from backoffice.services.leases import MAX_ATTEMPTS, backoff
from backoffice.services.transitions import move
from backoffice.services.webhooks import registry
from backoffice.services.webhooks.handler import Result, ignored
from models import WebhookEvent
from models.webhook_event import WebhookEventStatus as Status

#: As long as Stripe itself tries to deliver an event (WEB-2).
PATIENCE: Final = dt.timedelta(days=3)
_LONGEST_PAUSE: Final = dt.timedelta(hours=1)
_OPEN: Final = (Status.PENDING, Status.PARKED)
_LOST: Final = f"Work on it ended without a word, {MAX_ATTEMPTS} times or more."


def acting_for(event: WebhookEvent) -> Acting:
    """The provider, in whose name an event changes rows; the log finds them by the event's id."""
    return Acting.system(event.provider.value, request_id=event.provider_event_id[:64])


def claim(session: Session, event_id: uuid.UUID, lease: dt.timedelta) -> WebhookEvent | None:
    """Take the event when it is due and nobody has it; None otherwise.

    One that kills its worker again and again is given to a person.
    """
    found = leases.waiting(session, WebhookEvent, event_id, WebhookEvent.status.in_(_OPEN))
    if found is None:
        return None
    event, moment = found
    if event.lease_token is not None and event.attempts >= MAX_ATTEMPTS:
        _end(session, event, Result(status=Status.FAILED, message=_LOST), moment)
        return None
    leases.take(event, moment, lease)
    session.flush()
    return event


def apply(session: Session, event: WebhookEvent, state: object) -> None:
    """Let the handler of the event's type (read locked) change what it tells of, and write down what came of it."""
    handler = registry.handler_of(event.provider, event.type)
    acting = acting_for(event)
    result = ignored("Nothing here follows from events of this type.")
    if handler is not None:
        result = handler.apply(session, event, state, acting)
    settle(session, event, result)


def settle(session: Session, event: WebhookEvent, result: Result) -> None:
    """Write down how handling ended; what is parked for three days has failed, and is listed (WEB-2)."""
    moment = session.scalars(sa.select(NOW)).one()
    if result.status is Status.PARKED:
        event.waiting_since = event.waiting_since or moment
        if moment - event.waiting_since >= PATIENCE:
            result = Result(status=Status.FAILED, message=f"{result.message} Tried for {PATIENCE.days} days.")
    _end(session, event, result, moment)


def again(session: Session, event: WebhookEvent, why: str, *, attempts: int | None = None) -> None:
    """Try the event as it is later: for three days, or for so many `attempts`, then a person must look (J12)."""
    moment = session.scalars(sa.select(NOW)).one()
    event.waiting_since = event.waiting_since or moment
    over = moment - event.waiting_since >= PATIENCE if attempts is None else event.attempts >= attempts
    if over:
        _end(session, event, Result(status=Status.FAILED, message=f"{why} Tried {event.attempts} times."), moment)
        return
    event.last_error = why
    leases.give_back(event, moment + backoff(event.attempts, _LONGEST_PAUSE))
    session.flush()


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of events that wait for a worker (JOB-1)."""
    return leases.due(session, WebhookEvent, WebhookEvent.status.in_(_OPEN), limit=limit, again=again)


def _end(session: Session, event: WebhookEvent, result: Result, moment: dt.datetime) -> None:
    """Move the event to where `result` says; one that stays parked makes no step."""
    acting, status = acting_for(event), result.status
    done = status in {Status.PROCESSED, Status.IGNORED}
    leases.give_back(event, moment if done else moment + backoff(event.attempts, _LONGEST_PAUSE))
    values = {"processed_at": moment, "outcome": result.message} if done else {"last_error": result.message}
    if event.status is Status.PARKED and status is not Status.PARKED:
        move(session, event, Status.PENDING, acting=acting, actor=Actor.SYSTEM)
    if event.status is not status:
        move(session, event, status, acting=acting, actor=Actor.SYSTEM, reason=result.message, values=values)
        return
    event.last_error = result.message
    session.flush()
