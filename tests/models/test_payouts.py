"""A payout is the sum of its items, which are entries of the ledger, and neither changes once it was released."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.services.payouts.manage import release_items
from models import Payout, PayoutItem, User
from models.payout import PayoutStatus
from tests.factories import make_order, make_vendor
from tests.factories.payouts import assemble, make_payout, take
from tests.models.refusals import refused, settle


def _release(session: Session, payout: Payout) -> None:
    payout.status, payout.idempotency_key = PayoutStatus.PROCESSING, f"payout:{payout.id}"
    session.flush()


def _items(payout: Payout) -> sa.Update:
    return sa.update(PayoutItem).where(PayoutItem.payout_id == payout.id)


def test_payout_is_the_sum_of_its_items(session: Session) -> None:
    """PAY-4."""
    payout = assemble(session, make_order(session, lines=((1, "60.00"), (2, "20.00"))))
    settle(session)
    with refused(session, "tr_payouts_sum"):
        session.execute(sa.update(Payout).where(Payout.id == payout.id).values(amount=Payout.amount + 1))
    with refused(session, "tr_payouts_sum"):
        session.execute(_items(payout).where(PayoutItem.amount == 54).values(released_at=now()))


def test_dropping_a_line_lowers_the_payout(session: Session) -> None:
    """PAY-6: a line that is given back while the payout is pending no longer counts; the payout is written first."""
    payout = assemble(session, make_order(session, lines=((1, "60.00"), (1, "40.00"))))
    payout.amount -= 54
    session.flush()
    session.execute(_items(payout).where(PayoutItem.amount == 54).values(released_at=now()))
    settle(session)


def test_cancelled_payout_gives_its_entries_back(session: Session) -> None:
    """PAY-3: and then another payout may take them; until then an entry is in one payout."""
    payout = assemble(session, make_order(session))
    entry = session.scalars(sa.select(PayoutItem).where(PayoutItem.payout_id == payout.id)).one()
    copy = {name: getattr(entry, name) for name in ("vendor_id", "journal_id", "order_item_id", "amount", "currency")}
    with refused(session, "uq_payout_items_journal_id"):
        session.execute(sa.insert(PayoutItem).values(copy))
    with refused(session, "tr_payouts_released"):
        payout.status = PayoutStatus.CANCELLED
        session.flush()
    session.refresh(payout)
    payout.status = PayoutStatus.CANCELLED
    session.flush()
    release_items(session, payout)
    again = take(session, payout.vendor_id, "USD")
    settle(session)
    assert again.amount == payout.amount


@pytest.mark.parametrize("values", [{"amount": Decimal(1)}, {"items_hash": "1" * 64}, {"currency": "EUR"}])
def test_released_payout_is_fixed(session: Session, values: dict[str, object]) -> None:
    """PAY-5."""
    payout = make_payout(session)
    _release(session, payout)
    with refused(session, "tr_payouts_frozen"):
        session.execute(sa.update(Payout).where(Payout.id == payout.id).values(values))


def test_items_of_a_released_payout_are_fixed(session: Session) -> None:
    """PAY-5, PAY-9: also while it is failed."""
    payout = make_payout(session)
    _release(session, payout)
    for _ in range(2):
        with refused(session, "tr_payout_items_frozen"):
            session.execute(_items(payout).values(released_at=now()))
        payout.status, payout.failure_code, payout.failure_reason = PayoutStatus.FAILED, "declined", "Declined."
        session.flush()


@pytest.mark.parametrize(
    "values", [{"amount": 1}, {"currency": "EUR"}, {"payout_id": None}, {"order_item_id": None}], ids=str
)
def test_entries_are_fixed(session: Session, values: dict[str, object]) -> None:
    """LED-6: what counts in the balance is not changed, only countered."""
    payout = make_payout(session)
    with refused(session, "tr_payout_items_fixed"):
        session.execute(_items(payout).values(values))
    with refused(session, "tr_payout_items_kept"):
        session.execute(sa.delete(PayoutItem).where(PayoutItem.payout_id == payout.id))


def test_entries_are_the_ledgers(session: Session) -> None:
    """LED-6, REC-4: an entry is a line of the vendor's available balance, to the cent."""
    payout = make_payout(session)
    entry = session.scalars(sa.select(PayoutItem).where(PayoutItem.payout_id == payout.id)).one()
    session.execute(sa.update(Payout).where(Payout.id == payout.id).values(status=PayoutStatus.CANCELLED))
    session.execute(_items(payout).values(released_at=now()))
    right = {name: getattr(entry, name) for name in ("vendor_id", "journal_id", "amount", "currency")}
    for wrong in ({"amount": entry.amount + 1}, {"currency": "EUR"}, {"vendor_id": make_vendor(session).id}):
        with refused(session, "tr_payout_items_entry"):
            session.execute(sa.insert(PayoutItem).values(right | wrong))


def test_payout_holds_entries_of_its_vendor_in_its_currency(session: Session) -> None:
    """PAY-14."""
    payout, other = make_payout(session), make_payout(session)
    vendor = session.get_one(User, payout.vendor_id)
    euros = make_payout(session, vendor=vendor, currency="EUR")
    for stranger in (other, euros):
        session.execute(sa.update(Payout).where(Payout.id == stranger.id).values(status=PayoutStatus.CANCELLED))
        release_items(session, stranger)
        mine = (PayoutItem.payout_id.is_(None), PayoutItem.vendor_id == stranger.vendor_id)
        with refused(session, "tr_payout_items_vendor"):
            session.execute(sa.update(PayoutItem).where(*mine).values(payout_id=payout.id))
