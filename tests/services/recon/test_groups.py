"""One booking of the provider is explained by the journals of all orders of a checkout (LED-7, MON-6)."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from backoffice.services.ledger import record
from backoffice.services.recon.compare import compare
from models import Payment, ReconItem
from models.payment import PaymentState
from tests.factories import make_group, make_group_payments
from tests.factories.recon import make_booking, make_recon_run
from tests.services.recon.test_compare import NOON


def _paid(session) -> Payment:
    """A checkout of twice 50.00 that was paid yesterday, with a fee of 3.20; here, but not at the provider yet."""
    group = make_group(session, ("50.00", "50.00"), paid=False)
    payment = make_group_payments(session, group, [Decimal(100)], status=PaymentState.SUCCEEDED, processed_at=NOON)[0]
    record.provider_fee(session, payment, Decimal("3.20"))
    return payment


def test_the_journals_of_all_orders_are_one_booking(session):
    """LED-7: 50.00 and 50.00 less the fee are the 96.80 of one charge."""
    make_booking(session, _paid(session).stripe_payment_intent_id, "96.80")
    assert compare(session, make_recon_run(session))["differing"] is None


def test_equal_parts_are_no_duplicate(session):
    """M12: what differs is an amount, although two of its journals look alike."""
    payment = _paid(session)
    make_booking(session, payment.stripe_payment_intent_id, "46.80")
    assert compare(session, make_recon_run(session))["differing"] == {"amount_differs": 1}
    item = session.scalars(sa.select(ReconItem)).one()
    assert (item.provider_id, item.expected) == (payment.stripe_payment_intent_id, Decimal("96.80"))
