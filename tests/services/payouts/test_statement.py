"""The statement of a payout: every entry with its parts, which add up to the payout (PAY-4, PAY-8, REC-3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import Role
from backoffice.services.ledger import postings, record
from backoffice.services.ledger.journal import Details, Posting, Source, post
from backoffice.services.ledger.lines import credit, debit
from backoffice.services.payouts import manage
from backoffice.services.payouts.statement import PARTS, statement
from models import OrderItem, PayoutItem
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.order import DiscountFunder, TaxRemitter
from tests.factories import acting_for, make_user, make_vendor
from tests.factories.orders import items_of, make_order
from tests.factories.payouts import make_payout, take
from tests.factories.refunds import make_refund


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


def available(session, item, amount, occurrence=1, at=None):
    """E3 of a line."""
    post(
        session,
        Posting(
            event=JournalEvent.EARNING_AVAILABLE,
            source=Source(table="order_items", id=item.id, occurrence=occurrence),
            currency="USD",
            lines=postings.earning_available(item.vendor_id, Decimal(amount)),
            details=Details(posted_at=at),
        ),
    )


def parts(entry):
    return {part: str(getattr(entry, part)) for part in PARTS if getattr(entry, part)}


def test_what_a_line_is_made_of(session, clerk):
    """PAY-4: goods less the vendor's discount, commission with its tax, the tax that the vendor remits."""
    order = make_order(
        session,
        lines=((2, "50.00"),),
        paid=False,
        tax_remitter=TaxRemitter.VENDOR,
        tax_amount=Decimal(19),
        discount_amount=Decimal(10),
        discount_funded_by=DiscountFunder.VENDOR,
        total_amount=Decimal(109),
    )
    (item,) = items_of(session, order)
    changed = {
        "discount_amount": 10, "discount_funded_by": DiscountFunder.VENDOR, "commission_amount": 9,
        "commission_tax": 1, "vendor_amount": 80, "tax_amount": 19,
    }  # fmt: skip
    session.execute(sa.update(OrderItem).where(OrderItem.id == item.id).values(changed))
    available(session, item, "99.00")
    found = statement(session, take(session, order.vendor_id, "USD").id, clerk)
    (entry,) = found.entries
    assert parts(entry) == {
        "gross": "90.0000", "commission": "-10.0000", "tax": "19.0000", "net": "99.0000",
    }  # fmt: skip
    assert (entry.order_number, entry.what) == (order.order_number, f"2 x {item.product_name}")
    assert found.total("net") == found.amount == Decimal(99)
    assert (found.opening, found.reference, found.status) == (0, None, "Pending")
    assert found.period == (entry.date, entry.date)


def test_rec_3(session, clerk):
    """REC-3: a refund after the payout is an entry of the next one, beside the earnings that pay for it."""
    vendor = make_vendor(session)
    first = make_payout(session, vendor=vendor)
    order = make_order(session, vendor=vendor, lines=((1, "100.00"),))
    refund = make_refund(session, order)
    record.refund_succeeded(
        session,
        refund,
        postings.RefundShares(vendor_id=vendor.id, available=Decimal(45), commission=Decimal(5)),
    )
    available(session, items_of(session, order)[0], "90.00")
    payout = take(session, vendor.id, "USD")
    found = statement(session, payout.id, clerk)
    assert sorted(parts(entry).get("refund", "") for entry in found.entries) == ["", "-45.0000"]
    assert found.total("net") == Decimal(45)
    back = next(entry for entry in found.entries if entry.refund)
    assert (back.order_number, back.what) == (order.order_number, "Refund")
    assert [entry.net for entry in statement(session, first.id, clerk).entries] == [Decimal(90)]


def test_refunds_of_a_line_and_what_is_no_line(session, clerk):
    """REC-4, REF-4: what was refunded while it was pending, what came back later, and corrections."""
    order = make_order(session, lines=((1, "100.00"),))
    (item,) = items_of(session, order)
    available(session, item, "60.00")
    available(session, item, "30.00", occurrence=2)
    people = [make_user(session).id for _ in range(2)]
    given = [
        debit(AccountKind.SUSPENSE, Decimal(7)), credit(AccountKind.VENDOR_AVAILABLE, Decimal(7), order.vendor_id)
    ]  # fmt: skip
    details = Details(reason="Goodwill.", actor_id=people[0], approved_by=people[1])
    post(
        session,
        Posting(
            event=JournalEvent.ADJUSTMENT,
            source=Source(table="orders", id=order.id),
            currency="USD",
            lines=given,
            details=details,
        ),
    )
    found = statement(session, take(session, order.vendor_id, "USD").id, clerk)
    assert [parts(entry) for entry in found.entries] == [
        {"gross": "100.0000", "commission": "-10.0000", "refund": "-30.0000", "net": "60.0000"},
        {"refund": "30.0000", "net": "30.0000"},
        {"other": "7.0000", "net": "7.0000"},
    ]
    assert (found.entries[-1].what, found.entries[-1].order_number) == ("Adjustment", None)
    assert found.total("net") == found.amount == Decimal(97)


def test_the_opening_balance(session, clerk):
    """What was available before the first entry, in this currency."""
    vendor = make_vendor(session)
    order = make_order(session, vendor=vendor, lines=((1, "100.00"),))
    (item,) = items_of(session, order)
    available(session, item, "90.00", at=now() - dt.timedelta(days=3))
    payout = make_payout(session, vendor=vendor, price="50.00")
    take_other = sa.select(PayoutItem.amount).where(PayoutItem.payout_id.is_(None))
    assert session.scalars(take_other).all() == [Decimal(90)]
    found = statement(session, payout.id, clerk)
    assert (found.opening, found.amount) == (Decimal(90), Decimal(45))


def test_a_dissolved_payout_has_none(session, clerk):
    """REC-4, refused: its entries are open again."""
    payout = make_payout(session)
    manage.cancel(session, payout, reason="Wrong.", acting=clerk)
    with pytest.raises(DomainError, match="cancelled"):
        statement(session, payout.id, clerk)


def test_only_ones_own(session):
    """ACC-1: another vendor's does not exist."""
    payout = make_payout(session)
    with pytest.raises(NotFoundError):
        statement(session, payout.id, acting_for(make_vendor(session)))
