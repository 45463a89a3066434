"""A plan fee that was paid by card is explained by its journals (LED-7, SUB-7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.acting import Acting
from backoffice.services.ledger import record
from backoffice.services.recon.compare import compare
from backoffice.services.subscriptions import invoices
from models.subscription_invoice import PaidBy
from tests.factories import make_invoice, make_subscription, make_vendor
from tests.factories.recon import make_booking, make_recon_run
from tests.services.recon.test_compare import NOON


@pytest.mark.parametrize(("net", "differing"), [("9.41", None), ("10.00", {"amount_differs": 1})])
def test_the_fee_less_what_stripe_keeps(session, net, differing):
    """LED-7: E13 and E2 name the intent, and come to what Stripe booked."""
    invoice = make_invoice(session, make_subscription(session, vendor=make_vendor(session)))
    invoice.stripe_payment_intent_id = "pi_fee"
    invoices.pay(session, invoice, paid_by=PaidBy.CARD, now=NOON, acting=Acting.system())
    record.plan_provider_fee(session, invoice, Decimal("0.59"))
    make_booking(session, "pi_fee", net)
    assert compare(session, make_recon_run(session))["differing"] == differing
