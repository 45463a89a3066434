"""The sandbox of these tests, and the gateway that talks to it."""

from __future__ import annotations

import pytest

from backoffice.gateways.stripe_payments import StripePayments
from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.sandbox.running import KEY, RunningSandbox

__all__ = ["payments", "sandbox", "sandbox_process"]


@pytest.fixture
def payments(sandbox: RunningSandbox) -> StripePayments:
    """No retries of its own, so that each test sees exactly one answer."""
    return StripePayments(KEY, api_base=sandbox.url, retries=0)
