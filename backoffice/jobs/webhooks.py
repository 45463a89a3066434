"""Handles one event of the inbox: takes it, asks Stripe if need be, changes what follows (WEB-1, JOB-2, J10)."""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial
from typing import Any

from backoffice.database import act_as
from backoffice.errors import DomainError
from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services import leases
from backoffice.services.leases import MAX_ATTEMPTS
from backoffice.services.webhooks import handle, registry
from backoffice.services.webhooks.handler import Result
from models import WebhookEvent
from models.webhook_event import WebhookEventStatus

_log = logging.getLogger(__name__)


def run(runtime: Runtime, event_id: uuid.UUID) -> None:
    """Bring the event to an end, or leave it for later; returns at once when there is nothing to do."""
    reach("event_before_claim")
    event = _claim(runtime, event_id)
    if event is None:
        return
    reach("event_claimed")
    with leased.work(_log, "event", partial(_settle, runtime, event)):
        state = _fetch(runtime, event)
        _apply(runtime, event, state)


def _claim(runtime: Runtime, event_id: uuid.UUID) -> WebhookEvent | None:
    """Take the event, if it is due and free, for longer than the longest call takes."""
    with runtime.sessions.begin() as session:
        kind = session.get(WebhookEvent, event_id)
        asks = kind is not None and _asks(kind)
        lease = limits.lease(runtime.payments.worst_case_seconds if asks else 0.0)
        event = handle.claim(session, event_id, lease)
        reach("event_claimed_uncommitted")
        return event


def _asks(event: WebhookEvent) -> bool:
    handler = registry.handler_of(event.provider, event.type)
    return handler is not None and handler.fetch is not None


def _fetch(runtime: Runtime, event: WebhookEvent) -> Any:
    """How the object is now, asked while no transaction is open; None when nothing has to be asked."""
    handler = registry.handler_of(event.provider, event.type)
    if handler is None or handler.fetch is None:
        return None
    started = time.monotonic()
    state = handler.fetch(runtime.payments, event)
    reach("event_fetched")
    time.sleep(max(0.0, limits.CALL_INTERVAL - (time.monotonic() - started)))
    return state


def _apply(runtime: Runtime, event: WebhookEvent, state: Any) -> None:
    """Change what follows and write down what came of it, in one transaction."""
    with runtime.sessions() as session:
        act_as(session, handle.acting_for(event))
        with session.begin():
            handle.apply(session, leases.held(session, event), state)
            reach("event_applied_uncommitted")
    reach("event_applied")


def _settle(runtime: Runtime, event: WebhookEvent, error: Exception) -> None:
    """What becomes of an event whose handling was undone by `error`: refused for good, or tried again later."""
    with runtime.sessions.begin() as session:
        row = leases.held(session, event)
        if isinstance(error, DomainError):
            handle.settle(session, row, Result(status=WebhookEventStatus.FAILED, message=error.message))
        elif failures.is_transient(error):
            _log.warning("%s; the event is handled later.", type(error).__name__)
            handle.again(session, row, failures.LATER)
        else:
            _log.error("The event could not be handled.", exc_info=error)
            handle.again(session, row, failures.GENERIC, attempts=MAX_ATTEMPTS)
