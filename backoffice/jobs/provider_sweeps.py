"""Takes in events that were not delivered; in the money worker, which holds the provider's key (WEB-3, M16, M17)."""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial

from backoffice.gateways.stripe_events import event_of
from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services.webhooks import backfill, inbox
from models import ProviderSweep

_log = logging.getLogger(__name__)


def run(runtime: Runtime, sweep_id: uuid.UUID) -> None:
    """One run of a round; returns at once when none is due."""
    # A run asks many times within its slice, and its last call may take the longest it can.
    lease = limits.lease(limits.SLICE + runtime.payments.worst_case_seconds)
    with runtime.sessions.begin() as session:
        sweep = backfill.claim(session, sweep_id, lease)
        reach("sweep_claimed_uncommitted")
    if sweep is None:
        return
    reach("sweep_claimed")
    with leased.work(_log, "sweep", partial(_put_off, runtime, sweep)):
        _go_on(runtime, sweep)


def _go_on(runtime: Runtime, sweep: ProviderSweep) -> None:
    """Ask about one after the other, until all are done or the slice is over."""
    limit, since = time.monotonic() + limits.SLICE, backfill.since(sweep)
    with runtime.sessions() as session:
        left = backfill.left(session, sweep)
    for account in left:
        if runtime.stopping or time.monotonic() > limit:
            with runtime.sessions.begin() as session:
                backfill.pause(session, sweep)
            return
        started = time.monotonic()
        bodies = runtime.payments.undelivered_events(since, account or None)
        reach("sweep_asked")
        with runtime.sessions.begin() as session:
            taken = sum(inbox.store(session, event_of(body)) for body in bodies)
            backfill.advance(session, sweep, account)
            reach("sweep_stored_uncommitted")
        if taken:
            _log.warning("%d events of %s had not been delivered.", taken, account or "the platform")
        time.sleep(max(0.0, limits.CALL_INTERVAL - (time.monotonic() - started)))
    with runtime.sessions.begin() as session:
        backfill.finish(session, sweep)


def _put_off(runtime: Runtime, sweep: ProviderSweep, error: Exception) -> None:
    """Go on later; what was taken in is kept."""
    if not failures.is_transient(error):
        _log.error("The sweep could not go on.", exc_info=error)
    with runtime.sessions.begin() as session:
        backfill.again(session, sweep, failures.LATER)
