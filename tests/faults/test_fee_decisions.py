"""What people decide about an invoice waits while its card is charged (B12, SUB-4)."""

from __future__ import annotations

import pytest

from backoffice.clock import now
from backoffice.errors import DomainError
from backoffice.permissions import Role
from backoffice.services.subscriptions import change, invoices
from models import Subscription, SubscriptionInvoice
from models.subscription_invoice import Settlement
from tests.factories import acting_for, make_user
from tests.faults.fees import PAID, finish, left, owe, sweep
from tests.faults.here import Here

pytestmark = pytest.mark.faults


def test_nothing_is_decided_while_the_card_is_charged(here: Here) -> None:
    """B12, SUB-4: money may be on its way, so the invoice is neither taken back, given up nor lowered."""
    fee = owe(here)
    sweep(here)
    with here.sessions() as session:
        invoice = session.get_one(SubscriptionInvoice, fee.invoice)
        plan = session.get_one(Subscription, invoice.subscription_id)
        admin, finance = acting_for(make_user(session)), acting_for(make_user(session, Role.FINANCE))
        with pytest.raises(DomainError, match="being charged"):
            invoices.void(session, invoice, reason="Wrong.", acting=admin)
        with pytest.raises(DomainError, match="being charged"):
            invoices.give_up(session, invoice, reason="Gone.", acting=finance)
        with pytest.raises(DomainError, match="being charged"):
            change.terminate(session, plan, Settlement.OFFSET, reason="Over.", now=now(), acting=admin)
    finish(here, fee)
    assert left(here, fee) == PAID
