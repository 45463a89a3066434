"""Chargebacks follow the provider: what each step posts, every path to the same end (E9, E10, WEB-4, DSP-8, DSP-9)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import permutations

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.errors import DomainError
from backoffice.permissions import Role
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import earnings
from models import Notification, OrderItem, StatusHistory, Transaction
from models.chargeback import ChargebackStatus as Status
from models.ledger import AccountKind as Kind
from tests.factories import make_order, make_user, payment_of
from tests.factories.money import make_paid_refund
from tests.services.chargebacks.states import balances, chargeback_of, events_of, tell

OPENED = {("chargeback_opened", 1), ("chargeback_reserved", 1)}


@pytest.fixture
def order(session):
    """100.00 with a commission of 10.00, whose earning is still pending."""
    return make_order(session)


def release(session, order):
    """The hold is over: the earning becomes available (E3)."""
    long_ago = now() - dt.timedelta(days=30)
    session.execute(sa.update(OrderItem).where(OrderItem.order_id == order.id).values(fulfilled_at=long_ago))
    assert earnings.release(session, vendors=[order.vendor_id]) == 1


def whole(session):
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
    return verify(session).complaints == []


def test_e9_opened(session, order):
    """E9, E9b: the amount and the fee left; the vendor's share is set aside from where the earning is."""
    release(session, order)
    assert tell(session, order, "needs_response") is True
    assert balances(session) == {
        Kind.CHARGEBACK_RECEIVABLE: 100, Kind.CHARGEBACK_FEES: 15, Kind.PSP_CLEARING: -115,
        Kind.VENDOR_AVAILABLE: 90, Kind.VENDOR_RESERVED: -90,
    }  # fmt: skip
    chargeback = chargeback_of(session, order)
    assert (chargeback.fee, chargeback.vendor_share, chargeback.commission_share) == (15, 90, 10)
    assert payment_of(session, order).refundable == 0
    assert whole(session)


def test_e9b_takes_what_is_pending_where_it_is(session, order):
    """E9b, REC-4: what is still within the hold never becomes available while it is disputed, so it is hit once."""
    tell(session, order, "needs_response")
    assert balances(session)[Kind.VENDOR_PENDING] == 90
    assert Kind.VENDOR_AVAILABLE not in balances(session)
    tell(session, order, "won")
    assert Kind.VENDOR_PENDING not in balances(session)
    release(session, order)
    tell(session, order, "lost", bookings=3)
    assert balances(session)[Kind.VENDOR_AVAILABLE] == 90
    assert whole(session)


def test_e10_lost(session, order):
    """E10: the vendor's reserve and the commission pay; the fee stays spent."""
    tell(session, order, "needs_response")
    tell(session, order, "lost")
    assert balances(session) == {
        Kind.COMMISSION_REVENUE: 10, Kind.CHARGEBACK_FEES: 15, Kind.PSP_CLEARING: -115, Kind.VENDOR_PENDING: 90,
    }  # fmt: skip
    assert events_of(session, order) == {*OPENED, ("chargeback_lost", 1)}
    assert chargeback_of(session, order).closed_at is not None
    assert whole(session)


def test_e10_what_nobody_else_bears_is_the_platforms(session):
    """E10: shipping cost was the platform's to begin with."""
    order = make_order(session, shipping="7.00")
    tell(session, order, "lost")
    assert balances(session)[Kind.CHARGEBACK_LOSS] == 7
    assert whole(session)


def test_e10_of_what_was_given_back_already(session, order):
    """E10, REC-4: the customer has all of it, so the vendor was hit once and is not hit again."""
    make_paid_refund(session, order, "100.00")
    tell(session, order, "lost")
    assert (chargeback_of(session, order).vendor_share, balances(session)[Kind.CHARGEBACK_LOSS]) == (0, 100)
    assert whole(session)


def test_e10b_won(session, order):
    """E10b: the amount is back, E9b is undone, the fee is not returned."""
    tell(session, order, "needs_response")
    tell(session, order, "won")
    assert balances(session) == {Kind.CHARGEBACK_FEES: 15, Kind.PSP_CLEARING: -15}
    assert events_of(session, order) == {*OPENED, ("chargeback_released", 1), ("chargeback_won", 1)}
    assert payment_of(session, order).refundable == 100
    assert whole(session)


def test_won_and_lost_again_and_again(session, order):
    """DSP-9: each decision posts its own journals; the accounts end where the last decision alone would leave them."""
    ends = {}
    for status, bookings in (("lost", 1), ("won", 2), ("lost", 3), ("won", 4)):
        assert tell(session, order, status, bookings=bookings) is True
        assert whole(session)
        assert ends.setdefault(status, balances(session)) == balances(session)
    assert events_of(session, order) == {
        *OPENED, ("chargeback_lost", 1),
        ("chargeback_reopened", 1), ("chargeback_released", 1), ("chargeback_won", 2),
        ("chargeback_reopened", 2), ("chargeback_reserved", 3), ("chargeback_lost", 3),
        ("chargeback_reopened", 3), ("chargeback_released", 3), ("chargeback_won", 4),
    }  # fmt: skip
    assert chargeback_of(session, order).decisions == 4


def test_finance_reads_one_row_a_movement(session, order):
    """LED-8: amount, fee, what came back, what was taken again; a loss moves nothing."""
    for status, bookings in (("needs_response", 1), ("won", 2), ("lost", 3)):
        tell(session, order, status, bookings=bookings)
    query = sa.select(Transaction).where(Transaction.order_id == order.id)
    rows = session.scalars(query.order_by(Transaction.id)).all()
    assert sorted((row.type.value, row.amount) for row in rows) == [
        ("chargeback", -100), ("chargeback", -100), ("chargeback", 100), ("fee", -15),
    ]  # fmt: skip
    assert all(row.journal_id for row in rows)


PATHS = {
    "won": [["needs_response", "under_review", "won"], ["warning_needs_response", "needs_response", "won"], ["won"]],
    "lost": [
        ["needs_response", "lost"],
        ["under_review", "lost"],
        ["warning_under_review", "under_review", "lost"],
        ["warning_needs_response", "lost"],
        ["lost"],
    ],
    "warning_closed": [
        ["warning_needs_response", "warning_under_review", "warning_closed"],
        ["warning_needs_response", "warning_closed"],
        ["warning_closed"],
    ],
}


@pytest.mark.parametrize(("end", "path"), [(end, path) for end, paths in PATHS.items() for path in paths])
def test_every_path_posts_the_same(session, order, end, path):
    """WEB-4: what we were not told of is caught up with, step by step, and once."""
    for status in path:
        tell(session, order, status)
        assert tell(session, order, status) is False
    chargeback = chargeback_of(session, order)
    assert chargeback.status.value == end
    expected = {
        "won": {*OPENED, ("chargeback_released", 1), ("chargeback_won", 1)},
        "lost": {*OPENED, ("chargeback_lost", 1)},
        "warning_closed": set(),
    }
    assert events_of(session, order) == expected[end]
    steps = sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == chargeback.id)
    assert end in session.scalars(steps).all()
    assert whole(session)


@pytest.mark.parametrize("told", list(permutations(["needs_response", "under_review", "won"])))
def test_older_news_change_nothing(session, order, told):
    """WEB-4: what was asked before and told after is behind us."""
    for status in told:
        tell(session, order, status)
    assert chargeback_of(session, order).status is Status.WON
    assert events_of(session, order) == {*OPENED, ("chargeback_released", 1), ("chargeback_won", 1)}


def test_an_older_decision_changes_nothing(session, order):
    """WEB-4, DSP-9: won may follow lost, so what the bank has booked tells which came first."""
    tell(session, order, "won")
    tell(session, order, "lost", bookings=3)
    assert tell(session, order, "won") is False
    assert chargeback_of(session, order).status is Status.LOST


def test_a_fee_that_comes_later_or_back(session, order):
    """E9: the book has what the provider has."""
    tell(session, order, "needs_response", bookings=0)
    assert balances(session)[Kind.PSP_CLEARING] == -100
    tell(session, order, "needs_response")
    tell(session, order, "won", fee=Decimal(0))
    assert balances(session) == {}
    assert chargeback_of(session, order).fee == 0
    assert {event for event in events_of(session, order) if event[0] == "chargeback_fee"} == {
        ("chargeback_fee", 1), ("chargeback_fee", 2),
    }  # fmt: skip
    assert whole(session)


def test_who_is_told(session, order):
    """DSP-8: finance and the vendor, once a step."""
    clerk = make_user(session, Role.FINANCE)
    for _ in range(2):
        tell(session, order, "warning_needs_response")
        tell(session, order, "needs_response")
        tell(session, order, "lost")
    query = sa.select(Notification.event_key, Notification.user_id).where(Notification.channel == "in_app")
    told = session.execute(query.where(Notification.user_id.in_([clerk.id, order.vendor_id]))).all()
    keys = ["chargeback.warning_needs_response", "chargeback.needs_response", "chargeback.lost"]
    assert sorted(told) == sorted((key, user) for key in keys for user in (clerk.id, order.vendor_id))


def test_a_payment_that_is_not_ours(session, order):
    """WEB-2."""
    assert tell(session, order, "needs_response", payment_intent="pi_of_somebody") is None
    assert tell(session, order, "needs_response", payment_intent=None) is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount": Decimal(50)}, "The amount of the chargeback"),
        ({"currency": "EUR"}, "The amount of the chargeback"),
        ({"status": "prevented"}, "means nothing here"),
    ],
)
def test_what_a_person_must_look_at(session, order, values, sentence):
    """DSP-8."""
    tell(session, order, "needs_response")
    with pytest.raises(DomainError, match=sentence):
        tell(session, order, **{"status": "needs_response"} | values)


def test_another_currency_is_for_a_person(session, order):
    """PAY-14."""
    with pytest.raises(DomainError, match="another currency"):
        tell(session, order, "needs_response", currency="EUR")
