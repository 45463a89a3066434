"""A dispute about the payment of a checkout is a chargeback of each of its orders (MON-6, E9 to E10b)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.database import session_factory
from backoffice.errors import DomainError
from backoffice.services.chargebacks import evidence
from backoffice.services.chargebacks.follow import follow
from backoffice.services.chargebacks.running import all_disputed
from backoffice.services.ledger.verify import verify
from models import Chargeback, PaymentAllocation, PlatformSetting
from models.chargeback import EvidenceKind
from models.ledger import AccountKind as Kind
from models.payment import PaymentState
from tests.factories import make_group, make_group_payments
from tests.factories.money import clerk_of, make_paid_refund
from tests.factories.order_groups import orders_of, payment_of_group
from tests.models.refusals import settle
from tests.services.chargebacks.states import balances, state_of_payment


@pytest.fixture
def group(session):
    """60.00 and 40.00, paid by one payment."""
    return make_group(session)


def tell(session, group, status, **values):
    state = state_of_payment(payment_of_group(session, group), status, **values)
    changed = follow(session, state, acting=Acting.system("stripe", request_id="evt_1"))
    settle(session)
    session.expire_all()
    return changed


def parts(session):
    """Amount and fee of each chargeback, in the order of the orders."""
    query = sa.select(Chargeback).order_by(Chargeback.order_id)
    return [(one.amount, one.fee) for one in session.scalars(query)]


def test_it_is_spread_over_the_orders(session, group):
    """E9, E9b, MON-6: amount and fee by what each order has of the payment; each vendor bears only their own part."""
    assert tell(session, group, "needs_response") is True
    assert parts(session) == [(60, 9), (40, 6)]
    assert balances(session) == {
        Kind.CHARGEBACK_RECEIVABLE: 100, Kind.CHARGEBACK_FEES: 15, Kind.PSP_CLEARING: -115,
        Kind.VENDOR_PENDING: 90, Kind.VENDOR_RESERVED: -90,
    }  # fmt: skip
    assert payment_of_group(session, group).charged_back_amount == 100
    assert all(all_disputed(session, order) for order in orders_of(session, group))
    assert tell(session, group, "needs_response") is False
    assert verify(session).complaints == []


@pytest.mark.parametrize("end", ["won", "lost"])
def test_it_ends_for_all_of_them(session, group, end):
    """E10, E10b: the bank decides once."""
    tell(session, group, "needs_response")
    tell(session, group, end)
    assert set(session.scalars(sa.select(Chargeback.status))) == {end}
    lost = {Kind.COMMISSION_REVENUE: 10, Kind.CHARGEBACK_FEES: 15, Kind.PSP_CLEARING: -115, Kind.VENDOR_PENDING: 90}
    assert balances(session) == (lost if end == "lost" else {Kind.CHARGEBACK_FEES: 15, Kind.PSP_CLEARING: -15})
    assert verify(session).complaints == []


def test_what_was_given_back_has_no_part(session, group):
    """MON-6: an order that was refunded whole is not disputed; a part of the rest is the other one's."""
    first, second = orders_of(session, group)
    make_paid_refund(session, second, "40.00")
    tell(session, group, "needs_response", amount=Decimal("50.01"))
    assert parts(session) == [(Decimal("50.01"), 15)]
    assert session.scalars(sa.select(Chargeback.order_id)).all() == [first.id]


def test_odd_cents(session, group):
    """MON-6: by largest remainder, fee and all; a fee that changes later follows the same parts."""
    tell(session, group, "needs_response", amount=Decimal("33.33"), fee=Decimal("0.01"), fee_taken=Decimal("0.01"))
    assert parts(session) == [(Decimal("20.00"), Decimal("0.01")), (Decimal("13.33"), 0)]
    tell(session, group, "under_review", amount=Decimal("33.33"), fee=Decimal("0.03"))
    assert parts(session) == [(Decimal("20.00"), Decimal("0.02")), (Decimal("13.33"), Decimal("0.01"))]


def test_before_we_hear_of_the_payment(session):
    """WEB-2: nothing was captured here yet, so the parts are those that were asked for."""
    group = make_group(session, paid=False)
    make_group_payments(session, group, [Decimal(100)], status=PaymentState.PENDING)
    tell(session, group, "warning_needs_response", amount=Decimal(100))
    assert parts(session) == [(60, 0), (40, 0)]
    assert set(session.scalars(sa.select(PaymentAllocation.charged_back_amount))) == {0}


def test_another_amount_is_for_a_person(session, group):
    """The parts add up to what the bank took, or a person looks."""
    tell(session, group, "needs_response")
    with pytest.raises(DomainError, match="not what it was"):
        tell(session, group, "under_review", amount=Decimal(60))


def test_there_is_one_answer(session, group):
    """DSP-8: whichever order's chargeback is answered, the bank has its answer."""
    tell(session, group, "needs_response")
    one, other = session.scalars(sa.select(Chargeback).order_by(Chargeback.order_id)).all()
    clerk = clerk_of(session)
    evidence.add(session, one, kind=EvidenceKind.PRODUCT_DESCRIPTION, text="A lamp.", acting=clerk)
    evidence.begin(session, one, acting=clerk)
    with pytest.raises(DomainError, match="there is only one") as refused:
        evidence.begin(session, other, acting=clerk)
    assert refused.value.code == "already_answered"


def test_the_threshold_is_that_of_the_whole_dispute(session, group):
    """DSP-8: a dispute of 100.00 needs the second person from 100.00 on, although no part of it reaches that."""
    tell(session, group, "needs_response")
    setting = session.scalars(sa.select(PlatformSetting).where(PlatformSetting.key == evidence.THRESHOLD)).one()
    setting.value = {"USD": "100.00"}
    session.flush()
    assert all(evidence.needs_second_person(session, one) for one in session.scalars(sa.select(Chargeback)))


def test_two_people_answer_it_for_two_of_its_orders_at_once(clean_database):
    """DSP-8, IDE-1: each has locked another row; the second waits for the first, and is told that it was sent."""
    factory = session_factory(clean_database)
    with factory.begin() as session:
        tell(session, make_group(session), "needs_response")
        ids, clerk = session.scalars(sa.select(Chargeback.id).order_by(Chargeback.id)).all(), clerk_of(session)
    start = Barrier(2)

    def answer(chargeback_id):
        with factory() as session:
            row = session.scalars(sa.select(Chargeback).where(Chargeback.id == chargeback_id).with_for_update()).one()
            start.wait(20)
            try:
                evidence.begin(session, row, acting=clerk)
            except DomainError as refused:
                return refused.code
            session.commit()
            return "sent"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(answer, ids)) == ["already_answered", "sent"]
