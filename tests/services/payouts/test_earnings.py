"""Earnings leave the hold once, less what refunds took, and a refund that comes back gives its part back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.database import session_factory
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import assemble, earnings
from backoffice.services.refunds import late
from models import Journal, Order, PayoutItem, User
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.order import OrderStatus, TaxRemitter
from models.refund import CommissionPolicy, RefundBearer, RefundKind
from tests.factories import items_of, make_dispute, make_hold, make_order, make_payment, make_refund, make_vendor
from tests.factories.money import ask, balance, make_delivered_order, make_paid_refund, pay_refund

PENDING = AccountKind.VENDOR_PENDING
SCHEDULER = Acting.system("scheduler")


def balances(session, order):
    return balance(session, order.vendor_id, PENDING), balance(session, order.vendor_id)


def entries(session, order):
    mine = sa.select(PayoutItem.amount).where(PayoutItem.vendor_id == order.vendor_id, PayoutItem.payout_id.is_(None))
    return sorted(session.scalars(mine))


def here(session, row):
    """A committed row, as it is by now."""
    return session.get_one(type(row), row.id)


class TestRelease:
    def test_a_free_line_becomes_available_once(self, session):
        """E3, LED-3: the second look finds nothing to do."""
        order = make_delivered_order(session)
        assert balances(session, order) == (Decimal("90.00"), 0)
        assert [earnings.release(session), earnings.release(session)] == [1, 0]
        assert balances(session, order) == (0, Decimal("90.00"))
        [entry] = session.scalars(sa.select(PayoutItem))
        assert (entry.order_item_id, entry.amount) == (items_of(session, order)[0].id, Decimal("90.00"))

    def test_tax_that_the_vendor_remits_comes_with_it(self, session):
        """E1, E1b: as the order says."""
        for remitter, earned in ((TaxRemitter.VENDOR, "109.00"), (TaxRemitter.PLATFORM, "90.00")):
            order = make_delivered_order(
                session, tax_amount=Decimal("19.00"), total_amount=Decimal("119.00"), tax_remitter=remitter
            )
            earnings.release(session)
            assert balances(session, order) == (0, Decimal(earned))

    @pytest.mark.parametrize("holding", ["undelivered", "hold", "dispute", "refund", "young", "unpaid"])
    def test_what_is_held_stays_pending(self, session, holding):
        """PAY-1: each of the reasons of a line."""
        order = make_order(session) if holding == "undelivered" else make_delivered_order(session)
        if holding == "hold":
            make_hold(session, vendor=session.get_one(User, order.vendor_id), order_id=order.id)
        elif holding == "dispute":
            make_dispute(session, order=order)
        elif holding == "refund":
            make_refund(session, order)
        elif holding == "young":
            items_of(session, order)[0].fulfilled_at = now() - dt.timedelta(days=6)
        elif holding == "unpaid":
            session.execute(sa.text("UPDATE payments SET available_on = now() + interval '1 day'"))
        session.flush()
        assert earnings.release(session) == 0
        assert balances(session, order) == (Decimal("90.00"), 0)

    def test_only_the_vendors_that_were_named(self, session):
        """E3"""
        first, second = make_delivered_order(session), make_delivered_order(session)
        assert earnings.release(session, vendors=[first.vendor_id]) == 1
        assert (balance(session, first.vendor_id), balance(session, second.vendor_id)) == (Decimal("90.00"), 0)

    def test_a_batch_at_a_time(self, session):
        """E3: until nothing is left."""
        order = make_delivered_order(session, lines=((1, "10.00"), (1, "20.00"), (1, "30.00")))
        assert [earnings.release(session, limit=2) for _ in range(3)] == [2, 1, 0]
        assert balances(session, order) == (0, Decimal("54.00"))

    def test_an_order_that_somebody_works_on_comes_later(self, clean_database):
        """REC-4: a refund holds the order locked while it is written; nothing waits for it."""
        factory = session_factory(clean_database)
        with factory.begin() as session:
            order_id = make_delivered_order(session).id
        with factory.begin() as other, factory.begin() as session:
            other.execute(sa.select(Order.id).where(Order.id == order_id).with_for_update())
            assert earnings.release(session) == 0
        with factory.begin() as session:
            assert earnings.release(session) == 1


class TestRefunds:
    """REC-4: each refund hits the balance exactly once."""

    def test_before_release_it_lowers_the_earning(self, session):
        """REC-4: taken from what is pending; nothing is left to take later."""
        order = make_delivered_order(session)
        make_paid_refund(session, order, "50.00")
        assert balances(session, order) == (Decimal("45.00"), 0)
        earnings.release(session)
        assert (balances(session, order), entries(session, order)) == ((0, Decimal("45.00")), [Decimal("45.00")])

    def test_after_release_it_is_a_debit(self, session):
        """REC-4, REC-1: the earning stays as it was posted."""
        order = make_delivered_order(session)
        earnings.release(session)
        make_paid_refund(session, order, "50.00")
        assert (balances(session, order), entries(session, order)) == (
            (0, Decimal("45.00")),
            [Decimal("-45.00"), Decimal("90.00")],
        )

    def test_a_line_given_back_whole_has_nothing_to_release(self, session):
        """REC-4"""
        order = make_delivered_order(session)
        make_paid_refund(session, order, "100.00")
        assert (earnings.release(session), balances(session, order)) == (0, (0, 0))

    def test_what_the_vendor_bears_above_its_earning_is_released_as_a_debt(self, session):
        """COM-6, REC-1: with `keep` a whole refund takes more than the line had earned."""
        order = make_delivered_order(session)
        refund = ask(session, order, "100.00")
        refund.commission_policy = CommissionPolicy.KEEP
        pay_refund(session, refund)
        assert (balances(session, order), order.status) == ((Decimal("-10.00"), 0), OrderStatus.REFUNDED)
        assert earnings.release(session) == 1
        assert (balances(session, order), entries(session, order)) == ((0, Decimal("-10.00")), [Decimal("-10.00")])

    @pytest.mark.parametrize(("bearer", "left"), [(RefundBearer.PLATFORM, "90.00"), (RefundBearer.SPLIT, "67.50")])
    def test_only_what_the_vendor_bears_counts(self, session, bearer, left):
        """REF-8, REC-4"""
        order = make_delivered_order(session)
        refund = ask(session, order, "50.00")
        refund.bearer = bearer
        pay_refund(session, refund)
        earnings.release(session)
        assert (balances(session, order), entries(session, order)) == ((0, Decimal(left)), [Decimal(left)])

    def test_goodwill_at_the_vendors_expense_is_a_debit_at_once(self, session):
        """REF-3, REC-4: it is about no line, so no line's earning is lowered."""
        order = make_delivered_order(session)
        make_paid_refund(session, order, "5.00", kind=RefundKind.GOODWILL, bearer=RefundBearer.VENDOR)
        assert balances(session, order) == (Decimal("90.00"), Decimal("-5.00"))
        earnings.release(session)
        assert entries(session, order) == [Decimal("-5.00"), Decimal("90.00")]


class TestGiveBack:
    """REF-4, REC-4: a refund that fails late; each step in a transaction of its own, as in life."""

    @pytest.fixture
    def steps(self, clean_database):
        factory = session_factory(clean_database)

        def step(do):
            with factory.begin() as session:
                result = do(session)
            with factory.begin() as session:
                assert verify(session).complaints == []
            return result

        return step

    @staticmethod
    def fail(refund):
        def do(session):
            late.fail(session, here(session, refund), code="lost_or_stolen_card", raw="It came back.", acting=SCHEDULER)

        return do

    @staticmethod
    def all_of(order):
        def do(session):
            return (balances(session, order), entries(session, order))

        return do

    def test_taken_while_pending_and_back_while_pending(self, steps):
        """REC-4: the line is released whole."""
        order = steps(make_delivered_order)
        refund = steps(lambda session: make_paid_refund(session, here(session, order), "50.00"))
        steps(self.fail(refund))
        assert steps(earnings.release) == 1
        assert steps(self.all_of(order)) == ((0, Decimal("90.00")), [Decimal("90.00")])

    def test_taken_while_pending_and_back_after_release(self, steps):
        """REC-4, REF-4: what came back is released too, once; two refunds of a line do not meet."""
        order = steps(make_delivered_order)
        refunds = [steps(lambda session: make_paid_refund(session, here(session, order), "30.00")) for _ in range(2)]
        assert steps(earnings.release) == 1
        assert steps(self.all_of(order)) == ((0, Decimal("36.00")), [Decimal("36.00")])
        for refund in refunds:
            steps(self.fail(refund))
        assert steps(self.all_of(order)) == (
            (0, Decimal("90.00")),
            [Decimal("27.00"), Decimal("27.00"), Decimal("36.00")],
        )
        assert steps(earnings.release) == 0

    def test_taken_after_release(self, steps):
        """REC-4: the debit is undone where it was posted, and nothing is released a second time."""
        order = steps(make_delivered_order)
        steps(earnings.release)
        refund = steps(lambda session: make_paid_refund(session, here(session, order), "50.00"))
        steps(self.fail(refund))
        assert steps(self.all_of(order)) == (
            (0, Decimal("90.00")),
            [Decimal("-45.00"), Decimal("45.00"), Decimal("90.00")],
        )

    def test_sent_again_and_back_again(self, steps):
        """REF-4, IDE-1: the second attempt takes from where the line is by then."""
        order = steps(make_delivered_order)
        refund = steps(lambda session: make_paid_refund(session, here(session, order), "50.00"))
        steps(earnings.release)
        steps(self.fail(refund))
        again = steps(lambda session: pay_refund(session, here(session, refund)))
        assert steps(self.all_of(order)) == (
            (0, Decimal("45.00")),
            [Decimal("-45.00"), Decimal("45.00"), Decimal("45.00")],
        )
        steps(self.fail(again))
        assert steps(lambda session: balances(session, order)) == (0, Decimal("90.00"))

    def test_a_line_released_as_zero_is_released_when_its_refund_comes_back(self, steps):
        """REC-4: it never left the hold."""
        order = steps(make_delivered_order)
        refund = steps(lambda session: make_paid_refund(session, here(session, order), "100.00"))
        assert steps(earnings.release) == 0
        steps(self.fail(refund))
        assert steps(earnings.release) == 1
        assert steps(self.all_of(order)) == ((0, Decimal("90.00")), [Decimal("90.00")])

    def test_what_came_back_can_be_paid_out(self, steps):
        """PAY-3: its entry is the order line's, so a dispute holds it as well."""
        order = steps(lambda session: make_delivered_order(session, vendor=make_vendor(session)))
        refund = steps(lambda session: make_paid_refund(session, here(session, order), "50.00"))
        steps(earnings.release)
        steps(self.fail(refund))
        [payout] = steps(lambda session: assemble.assemble(session, acting=SCHEDULER))
        assert payout.amount == Decimal("90.00")
        events = sa.select(Journal.occurrence).where(Journal.event == JournalEvent.EARNING_AVAILABLE)
        assert steps(lambda session: sorted(session.scalars(events))) == [1, 2]


class TestPaid:
    """PAY-1, 1: the money of the whole order is there."""

    def test_a_part_of_the_money_releases_nothing(self, session):
        """PAY-1, E1: what did not come in is not passed on."""
        order = make_delivered_order(session, paid=False, status=OrderStatus.CONFIRMED)
        for amount in ("60.00", "40.00"):
            assert earnings.release(session) == 0
            make_payment(session, order, amount=Decimal(amount))
        assert earnings.release(session) == 1
        assert balances(session, order) == (0, Decimal("90.00"))

    def test_less_than_was_asked_for_waits_for_a_person(self, session):
        """PAY-1: a payment that captured too little flags its order; the vendor is not owed more than came in."""
        order = make_delivered_order(session, paid=False, status=OrderStatus.CONFIRMED)
        make_payment(session, order, amount=Decimal("100.00"), captured_amount=Decimal("99.99"))
        assert (earnings.release(session), balances(session, order)[1]) == (0, 0)
