"""Compares a day with the provider's book; in the money worker, which holds the provider's key (LED-7, M16, M17)."""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial

from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services.leases import MAX_ATTEMPTS
from backoffice.services.recon import run as recon
from models import ReconRun

_log = logging.getLogger(__name__)


def run(runtime: Runtime, run_id: uuid.UUID) -> None:
    """Bring the run to its end, or as far as the slice goes; returns at once when it is not due."""
    # A run asks many times within its slice, and its last call may take the longest it can.
    lease = limits.lease(limits.SLICE + runtime.payments.worst_case_seconds)
    with runtime.sessions.begin() as session:
        taken = recon.claim(session, run_id, lease)
        reach("recon_claimed_uncommitted")
    if taken is None:
        return
    reach("recon_claimed")
    with leased.work(_log, "reconciliation", partial(_put_off, runtime, taken)):
        _go_on(runtime, taken)


def _go_on(runtime: Runtime, taken: ReconRun) -> None:
    """Ask step by step, then compare."""
    limit = time.monotonic() + limits.SLICE
    while (span := recon.window(taken)) is not None:
        if runtime.stopping or time.monotonic() > limit:
            with runtime.sessions.begin() as session:
                recon.pause(session, taken)
            return
        started = time.monotonic()
        bookings = runtime.payments.balance_transactions(*span, taken.currency)
        reach("recon_asked")
        with runtime.sessions.begin() as session:
            taken = recon.store(session, taken, bookings, span[1])
            reach("recon_stored_uncommitted")
        time.sleep(max(0.0, limits.CALL_INTERVAL - (time.monotonic() - started)))
    with runtime.sessions.begin() as session:
        done = recon.finish(session, taken)
        reach("recon_compared_uncommitted")
    if done.unexplained:
        _log.warning("%s: %d differences are not explained.", done, done.unexplained)


def _put_off(runtime: Runtime, taken: ReconRun, error: Exception) -> None:
    """Go on later; what was stored is kept. One that crashes again and again has failed."""
    with runtime.sessions.begin() as session:
        if failures.is_transient(error):
            recon.again(session, taken, failures.LATER)
        else:
            _log.error("The reconciliation could not go on.", exc_info=error)
            recon.again(session, taken, failures.GENERIC, attempts=MAX_ATTEMPTS)
