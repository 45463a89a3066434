"""A payout is the sum of its items, and neither changes once it was released."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from models import Payout, PayoutItem
from models.payout import PayoutStatus
from tests.factories import items_of, make_order, make_vendor
from tests.models.refusals import refused, settle
from tests.models.world import make_payout


def _release(session: Session, payout: Payout) -> None:
    payout.status, payout.idempotency_key = PayoutStatus.PROCESSING, f"payout:{payout.id}"
    session.flush()


def test_payout_is_the_sum_of_its_items(session: Session) -> None:
    """PAY-4."""
    order = make_order(session, lines=((1, "60.00"), (2, "20.00")))
    payout = make_payout(session, order)
    settle(session)
    with refused(session, "tr_payouts_sum"):
        session.execute(sa.update(Payout).where(Payout.id == payout.id).values(amount=Payout.amount + 1))
    with refused(session, "tr_payouts_sum"):
        session.execute(sa.delete(PayoutItem).where(PayoutItem.order_item_id == items_of(session, order)[0].id))


def test_dropping_a_line_lowers_the_payout(session: Session) -> None:
    """PAY-6: a line that is given back while the payout is pending no longer counts."""
    order = make_order(session, lines=((1, "60.00"), (1, "40.00")))
    payout = make_payout(session, order)
    line = items_of(session, order)[0]
    session.execute(sa.update(PayoutItem).where(PayoutItem.order_item_id == line.id).values(released_at=now()))
    payout.amount -= line.vendor_amount
    settle(session)


def test_cancelled_payout_gives_its_lines_back(session: Session) -> None:
    """PAY-3: and then another payout may take them; until then a line is in one payout."""
    order = make_order(session)
    payout = make_payout(session, order)
    with refused(session, "uq_payout_items_order_item_id"):
        make_payout(session, order)
    with refused(session, "tr_payouts_released"):
        payout.status = PayoutStatus.CANCELLED
        session.flush()
    session.refresh(payout)
    payout.status = PayoutStatus.CANCELLED
    session.execute(sa.update(PayoutItem).where(PayoutItem.payout_id == payout.id).values(released_at=now()))
    make_payout(session, order)
    settle(session)


@pytest.mark.parametrize("values", [{"amount": Decimal(1)}, {"items_hash": "1" * 64}, {"currency": "EUR"}])
def test_released_payout_is_fixed(session: Session, values: dict[str, object]) -> None:
    """PAY-5."""
    payout = make_payout(session, make_order(session))
    _release(session, payout)
    with refused(session, "tr_payouts_frozen"):
        session.execute(sa.update(Payout).where(Payout.id == payout.id).values(values))


def test_items_of_a_released_payout_are_fixed(session: Session) -> None:
    """PAY-5."""
    payout = make_payout(session, make_order(session))
    _release(session, payout)
    with refused(session, "tr_payout_items_frozen"):
        session.execute(sa.update(PayoutItem).where(PayoutItem.payout_id == payout.id).values(amount=1))
    with refused(session, "tr_payout_items_frozen"):
        session.execute(sa.delete(PayoutItem).where(PayoutItem.payout_id == payout.id))


def test_payout_holds_lines_of_its_vendor_in_its_currency(session: Session) -> None:
    """PAY-14."""
    order = make_order(session)
    with refused(session, "tr_payout_items_vendor"):
        make_payout(session, order, vendor_id=make_vendor(session).id)
    with refused(session, "tr_payout_items_vendor"):
        make_payout(session, order, currency="EUR")
