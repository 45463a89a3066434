"""Charges a vendor's card for a plan fee; in the money worker, which holds the provider's key (SUB-7, M3, M16)."""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial
from typing import Final

from backoffice.acting import Acting
from backoffice.database import act_as
from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services.subscriptions import charges
from backoffice.services.subscriptions.charges import Answer, ChargeCall

_log = logging.getLogger(__name__)

#: A look, the charge, another look, and the payment with its disputes.
_CALLS: Final = 5
_ACTING: Final = Acting.system("stripe")


def run(runtime: Runtime, charge_id: uuid.UUID) -> None:
    """Bring the charge to its end, or leave it for later; returns at once when it is not due."""
    lease = limits.lease(_CALLS * runtime.payments.worst_case_seconds)
    with runtime.sessions.begin() as session:
        what = charges.claim(session, charge_id, lease)
        reach("charge_claimed_uncommitted")
    if what is None:
        return
    reach("charge_claimed")
    with leased.work(_log, "charge", partial(_put_off, runtime, what)):
        started = time.monotonic()
        answer = charges.call(runtime.payments, what)
        reach("charge_called")
        _settle(runtime, what, answer)
        time.sleep(max(0.0, limits.CALL_INTERVAL - (time.monotonic() - started)))


def _settle(runtime: Runtime, what: ChargeCall, answer: Answer) -> None:
    """What Stripe said and what follows from it, in one transaction."""
    with runtime.sessions() as session:
        act_as(session, _ACTING)
        with session.begin():
            charges.settle(session, what, answer, acting=_ACTING)
            reach("charge_settled_uncommitted")
    reach("charge_settled")


def _put_off(runtime: Runtime, what: ChargeCall, error: Exception) -> None:
    """Go on later, and look first then: what was begun does not end in silence."""
    if not failures.is_transient(error):
        _log.error("The charge could not be brought to its end.", exc_info=error)
    with runtime.sessions.begin() as session:
        charges.again(session, what, failures.LATER if failures.is_transient(error) else failures.UNCLEAR)
