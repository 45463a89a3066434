"""What only Stripe knows before a transfer: its balances, the platform's and the vendor's (PAY-7, REC-8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.gateways.stripe_payments import StripePayments
from backoffice.permissions import Role
from backoffice.services.payouts import manage, preflight
from tests.factories import acting_for, make_user
from tests.factories.payouts import make_payout
from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.sandbox.running import KEY

__all__ = ["sandbox", "sandbox_process"]


SHORT = "The payouts come to 1,000.01 USD, but Stripe holds 1,000.00 USD that can be transferred."


@pytest.fixture
def payments(sandbox):
    """Stripe, where the platform has 1,000.00 USD and nothing else."""
    return StripePayments(KEY, api_base=sandbox.url, retries=0)


def test_a_batch_needs_what_its_pending_payouts_come_to(session):
    """PAY-7, PAY-14: by currency; what is not pending leaves no money."""
    dollars = [make_payout(session, price=price) for price in ("100.00", "50.00", "20.00")]
    yen = make_payout(session, currency="JPY", price="1000")
    manage.cancel(session, dollars[2], reason="No.", acting=acting_for(make_user(session, Role.FINANCE)))
    batch = [payout.id for payout in (*dollars, yen)]
    assert preflight.needs(session, batch) == {"USD": Decimal("135.00"), "JPY": Decimal(900)}


@pytest.mark.parametrize(
    ("needs", "refusal"),
    [
        ({}, None),
        ({"USD": "1000.00"}, None),
        (
            {"USD": "1000.01"},
            SHORT,
        ),
        ({"USD": "1.00", "JPY": "1"}, "The payouts come to 1 JPY, but Stripe holds 0 JPY that can be transferred."),
    ],
)
def test_a_batch_that_stripe_cannot_bear_does_not_begin(payments, needs, refusal):
    """PAY-7"""
    assert preflight.check(payments, {currency: Decimal(amount) for currency, amount in needs.items()}) == refusal


def test_where_a_payout_would_go(session):
    """REC-8: a payout that is not pending goes nowhere any more."""
    payout = make_payout(session)
    to = preflight.destination(session, payout.id)
    assert to is not None
    assert (to.account[:5], to.currency) == ("acct_", "USD")
    manage.cancel(session, payout, reason="No.", acting=acting_for(make_user(session, Role.FINANCE)))
    session.flush()
    assert preflight.destination(session, payout.id) is None


@pytest.mark.parametrize(("balance", "swallows"), [(-1, True), (0, False), (1, False)])
def test_a_negative_account_swallows_what_is_sent_there(payments, sandbox, balance, swallows):
    """REC-8"""
    sandbox.seed(balances={"acct_1": {"usd": balance}})
    sentence = preflight.swallowed(payments, preflight.Destination(account="acct_1", currency="USD"))
    assert (sentence is not None) == swallows
    assert sentence is None or sentence.startswith("The vendor's account at Stripe is at -0.01 USD")
