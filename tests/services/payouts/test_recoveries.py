"""A refund after the payout: it lands on the balance, and nothing else moves by itself (REC-1, REC-5, REF-9)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.errors import ForbiddenError
from backoffice.permissions import Role
from backoffice.services.ledger import balances
from backoffice.services.refunds import decide
from models import Order, OrderItem, Payout, PayoutItem, TransferReversal
from models.payout import PayoutStatus
from tests.factories import acting_for, make_refund, make_user
from tests.factories.money import make_paid_refund, pay_out
from tests.factories.payouts import make_payout


@pytest.fixture
def paid(session):
    """A completed payout of 90.00, and its order."""
    payout = pay_out(session, make_payout(session))
    lines = sa.select(Order).join(OrderItem).join(PayoutItem, PayoutItem.order_item_id == OrderItem.id)
    return payout, session.scalars(lines.where(PayoutItem.payout_id == payout.id)).one()


def test_a_refund_takes_no_transfer_back(session, paid):
    """REF-9, REC-1: a separate transfer stays where it is; the vendor's debit is on the balance, the payout closed."""
    payout, order = paid
    make_paid_refund(session, order, "50.00")
    assert session.scalars(sa.select(TransferReversal)).all() == []
    assert balances.available(session, payout.vendor_id, "USD") == Decimal("-45.00")
    kept = session.get_one(Payout, payout.id)
    assert (kept.status, kept.amount, kept.reversed_amount) == (PayoutStatus.COMPLETED, Decimal("90.00"), 0)


@pytest.mark.parametrize("role", [Role.VENDOR, Role.ADMIN, Role.LOGISTICS])
def test_only_finance_makes_a_vendor_negative(session, paid, role):
    """REC-5: others may ask at most; the approval is finance's, whoever's order it is."""
    payout, order = paid
    refund = make_refund(session, order, amount=Decimal("50.00"))
    acting = acting_for(make_user(session, role))
    with pytest.raises(ForbiddenError):
        decide.approve(session, refund, acting=acting)
    assert balances.available(session, payout.vendor_id, "USD") == 0
