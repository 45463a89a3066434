"""What happens to business rows is in the book once, undone by a mirror, and tied to what finance reads (LED-1..8)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.gateways.payments import Refused, Succeeded
from backoffice.services.ledger import record
from backoffice.services.ledger.journal import lines_of
from backoffice.services.ledger.verify import verify
from backoffice.services.order_money import Part
from backoffice.services.payouts import bank, manage, send, take_back
from backoffice.services.refunds import late
from models import Journal, JournalLine, LedgerAccount, Transaction
from models.journal import JournalEvent as Event
from models.ledger import AccountKind as Kind
from models.payout import PayoutStatus
from models.refund import RefundKind
from tests.factories import make_order, make_payment, make_payout, payment_of
from tests.factories.money import clerk_of, make_paid_refund, pay_out, pay_refund
from tests.models.refusals import settle

STRIPE = Acting.system("stripe")


def events_of(session, row):
    """The journals about `row`, in order: what happened, in which attempt, and the lines."""
    journals = session.execute(
        sa.select(Journal.id, Journal.event, Journal.occurrence).where(Journal.source_id == row.id).order_by(Journal.id)
    )
    return [
        (event, occurrence, {line.kind: line.amount for line in lines_of(session, journal)})
        for journal, event, occurrence in journals
    ]


@pytest.fixture
def whole(session):
    """After the test the book is whole (LED-1 to LED-4)."""
    yield
    settle(session)
    assert verify(session).complaints == []


pytestmark = pytest.mark.usefixtures("whole")


class TestPayments:
    def test_each_capture_is_posted_once(self, session):
        """LED-3: ten times the same; the time and the provider's object are the payment's."""
        order = make_order(session)
        payment = payment_of(session, order)
        [first] = session.scalars(sa.select(Journal).where(Journal.source_id == payment.id))
        assert [record.payment_captured(session, Part(payment, order.id)) for _ in range(10)] == [first.id] * 10
        assert (first.posted_at, first.provider_id) == (payment.processed_at, payment.stripe_payment_intent_id)
        assert len(events_of(session, payment)) == 1

    def test_several_payments_add_up_to_their_order(self, session):
        """MON-6: each payment's parts sum to it, and together they are the order's, to the cent."""
        order = make_order(session, paid=False, lines=((1, "100.00"),), rate="0.100000")
        for amount in ("33.33", "33.33", "33.34"):
            make_payment(session, order, amount=Decimal(amount))
        commission = sa.select(sa.func.sum(JournalLine.amount)).join(
            LedgerAccount, LedgerAccount.id == JournalLine.account_id
        )
        assert session.scalar(commission.where(LedgerAccount.kind == Kind.COMMISSION_REVENUE)) == Decimal("-10.00")
        assert session.scalar(commission.where(LedgerAccount.kind == Kind.VENDOR_PENDING)) == Decimal("-90.00")
        assert session.scalar(commission.where(LedgerAccount.kind == Kind.SUSPENSE)) is None

    def test_commission_is_rounded_and_the_vendor_gets_the_rest(self, session):
        """MON-5: 6.45 at 30 %: 1.94 and 4.51, together 6.45."""
        order = make_order(session, lines=((1, "6.45"),), rate="0.300000")
        [(_, _, lines)] = events_of(session, payment_of(session, order))
        assert lines == {
            Kind.PSP_CLEARING: Decimal("6.45"),
            Kind.COMMISSION_REVENUE: Decimal("-1.94"),
            Kind.VENDOR_PENDING: Decimal("-4.51"),
        }

    def test_the_fee_is_posted_beside_it(self, session):
        """E2, REF-8: the platform's expense, which no refund gives back."""
        order = make_order(session)
        payment = payment_of(session, order)
        fee = record.provider_fee(session, payment, Decimal("3.20"))
        assert lines_of(session, fee) == [*record.postings.provider_fee(Decimal("3.20"))]
        make_paid_refund(session, order, "100.00")
        assert [event for event, _, _ in events_of(session, payment)] == [Event.PAYMENT_CAPTURED, Event.PROVIDER_FEE]
        assert verify(session).currencies[0].psp_clearing == Decimal("-3.20")


class TestRefunds:
    def test_each_attempt_has_its_own_journals(self, session):
        """REF-4, LED-2, LED-3: paid, back, and paid again; the mirror names what it undoes."""
        order = make_order(session)
        refund = make_paid_refund(session, order, "40.00", kind=RefundKind.GOODWILL)
        paid = {Kind.GOODWILL_EXPENSE: Decimal("40.00"), Kind.PSP_CLEARING: Decimal("-40.00")}
        back = {kind: -amount for kind, amount in paid.items()}
        late.fail(session, refund, code="expired_or_canceled_card", raw="Back.", acting=STRIPE)
        assert record.refund_returned(session, refund) is not None
        pay_refund(session, refund)
        assert events_of(session, refund) == [
            (Event.REFUND_SUCCEEDED, 1, paid),
            (Event.REFUND_RETURNED, 1, back),
            (Event.REFUND_SUCCEEDED, 2, paid),
        ]

    def test_the_row_that_finance_reads_has_its_journal(self, session):
        """LED-8: one row a money event, signed as it moves the money at Stripe."""
        order = make_order(session)
        refund = make_paid_refund(session, order, "40.00")
        late.fail(session, refund, code="unknown", raw="Back.", acting=STRIPE)
        rows = session.execute(
            sa.select(Transaction.amount, Transaction.direction, Journal.event)
            .join(Journal, Journal.id == Transaction.journal_id)
            .where(Transaction.refund_id == refund.id)
            .order_by(Transaction.id)
        )
        assert sorted(map(tuple, rows)) == [
            (Decimal("-40.00"), "out", Event.REFUND_SUCCEEDED),
            (Decimal("40.00"), "in", Event.REFUND_RETURNED),
        ]

    def test_what_was_never_paid_has_nothing_to_undo(self, session):
        """LED-2"""
        refund = make_paid_refund(session, make_order(session), "40.00")
        refund.attempt = 7
        assert record.refund_returned(session, refund) is None
        refund.attempt = 1


class TestPayouts:
    SENT = Kind.PAYOUT_IN_TRANSIT

    def test_from_balance_to_stripe_and_back_from_the_bank(self, session):
        """E4, E5, E6, PAY-9: E4 is undone at once, E5 once the money is taken back; a retry holds it again."""
        payout = pay_out(session, make_payout(session))
        assert bank.returned(session, payout, code="account_closed", raw="Closed.", acting=STRIPE)
        assert not bank.returned(session, payout, code="account_closed", raw="Closed.", acting=STRIPE)
        session.flush()
        held = {Kind.VENDOR_AVAILABLE: Decimal("90.00"), self.SENT: Decimal("-90.00")}
        sent = {self.SENT: Decimal("90.00"), Kind.PSP_CLEARING: Decimal("-90.00")}
        assert events_of(session, payout) == [
            (Event.PAYOUT_ASSEMBLED, 1, held),
            (Event.TRANSFER_EXECUTED, 1, sent),
            (Event.PAYOUT_DISSOLVED, 1, {kind: -amount for kind, amount in held.items()}),
        ]
        clerk = clerk_of(session)
        back = take_back.begin(session, payout, acting=clerk)
        take_back.settle(session, payout, back, Succeeded(id="trr_1", status="created"), acting=clerk)
        assert events_of(session, take_back.last(session, payout)) == [
            (Event.TRANSFER_RETURNED, 1, {kind: -amount for kind, amount in sent.items()}),
        ]
        manage.retry(session, payout, acting=clerk)
        assert events_of(session, payout)[-1] == (Event.PAYOUT_ASSEMBLED, 2, held)
        assert pay_out(session, payout).status is PayoutStatus.COMPLETED

    def test_a_refusal_undoes_what_was_put_together(self, session):
        """E6: no money moved, so only E4 is undone."""
        payout, clerk = make_payout(session), clerk_of(session)
        what = send.begin(session, payout, acting=clerk)
        send.settle(session, payout, what, Refused(code="balance_insufficient", message="No."), acting=clerk)
        session.flush()
        assert [event for event, _, _ in events_of(session, payout)] == [
            Event.PAYOUT_ASSEMBLED, Event.PAYOUT_DISSOLVED,
        ]  # fmt: skip

    def test_cancelling_undoes_it_once(self, session):
        """E6: a failed payout was dissolved when it failed."""
        clerk = clerk_of(session)
        pending, failed = make_payout(session), make_payout(session)
        what = send.begin(session, failed, acting=clerk)
        send.settle(session, failed, what, Refused(code="balance_insufficient", message="No."), acting=clerk)
        for payout in (pending, failed):
            manage.cancel(session, payout, reason="Not wanted", acting=clerk)
            assert [event for event, _, _ in events_of(session, payout)] == [
                Event.PAYOUT_ASSEMBLED, Event.PAYOUT_DISSOLVED,
            ]  # fmt: skip

    def test_the_row_that_finance_reads_has_its_journal(self, session):
        """LED-8"""
        payout = pay_out(session, make_payout(session))
        bank.returned(session, payout, code="account_closed", raw="Closed.", acting=STRIPE)
        rows = session.execute(
            sa.select(Transaction.amount, Journal.event)
            .join(Journal, Journal.id == Transaction.journal_id)
            .where(Transaction.payout_id == payout.id)
        )
        assert sorted(map(tuple, rows)) == [
            (Decimal("-90.00"), Event.TRANSFER_EXECUTED),
            (Decimal("90.00"), Event.PAYOUT_DISSOLVED),
        ]
