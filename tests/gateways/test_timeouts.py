"""A job's time-out inside a call to Stripe stays a time-out (J14)."""

from __future__ import annotations

import os
import signal
import threading
from decimal import Decimal

import pytest

from backoffice.gateways.stripe_payments import StripePayments
from tests.sandbox.running import KEY, RunningSandbox


class JobTimeoutError(Exception):
    """Stands for the exception that a job queue raises from its alarm signal."""


@pytest.mark.parametrize("retries", [0, 2])
def test_time_out_is_raised_as_itself(sandbox: RunningSandbox, retries: int) -> None:
    """J14: not classified as a lost connection, and not retried."""

    def expire(_number: int, _frame: object) -> None:
        raise JobTimeoutError

    sandbox.fault("work_hang", seconds=2)
    payments = StripePayments(KEY, api_base=sandbox.url, retries=retries)
    before = signal.signal(signal.SIGUSR1, expire)
    alarm = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        alarm.start()
        with pytest.raises(JobTimeoutError):
            payments.refund(payment_intent="pi_1", amount=Decimal(1), currency="USD", key="k", metadata={})
    finally:
        alarm.join()
        signal.signal(signal.SIGUSR1, before)
    assert len(sandbox.requests("/v1/refunds")) == 1
