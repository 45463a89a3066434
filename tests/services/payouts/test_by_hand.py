"""Payouts that people pay without the provider: reference, date, four eyes, the book, and their way back (PAY-13)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError, SecondPersonError
from backoffice.gateways.payments import Refused
from backoffice.permissions import Role
from backoffice.services.ledger import balances
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import by_hand, manage, send, take_back
from backoffice.services.payouts.statement import statement
from backoffice.services.recon.compare import compare
from models import Journal, Notification, ReconItem, StatusHistory, Transaction, VendorProfile
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.payout import PayoutMethod, PayoutStatus
from tests.factories import acting_for, make_user, make_vendor
from tests.factories.payouts import make_hold, make_payout
from tests.factories.recon import make_recon_run
from tests.models.refusals import settle

TODAY = now().date()
DAY = dt.timedelta(days=1)


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def payout(session):
    return make_payout(session)


def pay(session, payout, acting, **values):
    by_hand.settle(session, payout, **{"reference": " BANK-1 ", "paid_on": TODAY, "acting": acting, **values})


def back(session, payout, acting, raw="Account closed 3/4."):
    by_hand.returned(session, payout, code="account_closed", raw=raw, acting=acting)


def bank(session):
    return balances.of_account(session, AccountKind.BANK_CLEARING, "USD", None)


def stripe(session):
    return balances.of_account(session, AccountKind.PSP_CLEARING, "USD", None)


def change_profile(session, payout, **values):
    session.execute(sa.update(VendorProfile).where(VendorProfile.vendor_id == payout.vendor_id).values(**values))


class TestSettle:
    def test_reference_and_date_are_kept(self, session, payout, clerk):
        """PAY-13: through the same statuses, with its rows for finance, the history and the vendor."""
        pay(session, payout, clerk)
        assert (payout.status, payout.payout_method) == (PayoutStatus.COMPLETED, PayoutMethod.BY_HAND)
        assert (payout.bank_reference, payout.paid_on) == ("BANK-1", TODAY)
        assert (payout.released_by, payout.approved_by, payout.processed_at is None) == (clerk.user_id, None, False)
        steps = sa.select(StatusHistory.to_status, StatusHistory.actor).where(StatusHistory.entity_id == payout.id)
        assert [tuple(row) for row in session.execute(steps.order_by(StatusHistory.id))] == [
            ("processing", "F"),
            ("completed", "S"),
        ]
        row = session.scalars(sa.select(Transaction).where(Transaction.payout_id == payout.id)).one()
        assert (row.amount, row.status.value, row.journal_id is None) == (-payout.amount, "completed", False)
        told = session.scalars(sa.select(Notification).where(Notification.event_key == "payout.settled")).one()
        assert (told.user_id, told.message) == (payout.vendor_id, "90.00 USD, bank reference BANK-1.")

    def test_the_money_left_our_bank_and_not_stripe(self, session, payout, clerk):
        """PAY-13, E5, LED-1: what Stripe holds is as before; the book is whole."""
        before = stripe(session)
        pay(session, payout, clerk)
        settle(session)
        assert (bank(session), stripe(session)) == (Decimal("-90.00"), before)
        assert balances.of_account(session, AccountKind.PAYOUT_IN_TRANSIT, "USD", None) == 0
        journal = session.scalars(sa.select(Journal).where(Journal.event == JournalEvent.PAYOUT_SETTLED)).one()
        assert (journal.provider_id, journal.reason) == (None, f"Paid on {TODAY}, bank reference BANK-1")
        assert verify(session).complaints == []

    def test_reconciliation_does_not_miss_it(self, session, payout, clerk):
        """PAY-13, LED-7: Stripe has nothing to say about it."""
        compare(session, make_recon_run(session, day=TODAY))
        without = set(session.scalars(sa.select(ReconItem.provider_id)))
        pay(session, payout, clerk)
        compare(session, make_recon_run(session, day=TODAY + DAY))
        assert set(session.scalars(sa.select(ReconItem.provider_id))) == without

    def test_it_is_never_sent_afterwards(self, session, payout, clerk):
        """PAY-13, IDE-1: neither released, nor asked about, nor taken back."""
        pay(session, payout, clerk)
        with pytest.raises(IllegalTransitionError):
            send.begin(session, payout, acting=clerk)
        assert send.resume(session, payout, acting=clerk) is None
        with pytest.raises(DomainError, match="No money of this payout is on the vendor's account"):
            take_back.possible(session, payout)

    def test_twice_is_refused(self, session, payout, clerk):
        """PAY-13, LED-3: whoever comes second finds it completed."""
        pay(session, payout, clerk)
        with pytest.raises(IllegalTransitionError):
            pay(session, payout, clerk, reference="BANK-2")
        assert bank(session) == Decimal("-90.00")

    def test_one_on_its_way_cannot_be_settled(self, session, payout, clerk):
        """PAY-13, B12: Stripe may have paid it."""
        send.begin(session, payout, acting=clerk)
        with pytest.raises(IllegalTransitionError):
            pay(session, payout, clerk)

    def test_after_a_failure_at_stripe(self, session, payout, clerk):
        """PAY-13: nothing is left of where the earlier attempt went."""
        what = send.begin(session, payout, acting=clerk)
        send.settle(session, payout, what, Refused(code="account_invalid", message="No."), acting=clerk)
        manage.retry(session, payout, acting=clerk)
        pay(session, payout, clerk)
        assert (payout.destination_account, payout.attempt, payout.status) == (None, 2, PayoutStatus.COMPLETED)
        settle(session)
        assert verify(session).complaints == []

    @pytest.mark.parametrize("days", [0, 31])
    def test_days_that_the_bank_may_have_paid_on(self, session, payout, clerk, days):
        """PAY-13: today (UTC) and a month before it was put together, equal counts."""
        paid_on = payout.created_at.date() - days * DAY if days else TODAY
        pay(session, payout, clerk, paid_on=paid_on)
        assert payout.paid_on == paid_on

    @pytest.mark.parametrize(
        ("values", "field", "sentence"),
        [
            ({"reference": "  "}, "reference", "bank's reference"),
            ({"paid_on": TODAY + 2 * DAY}, "paid_on", "to come"),
            ({"paid_on": TODAY - 33 * DAY}, "paid_on", "is another one"),
        ],
    )
    def test_what_cannot_be_its_payment(self, session, payout, clerk, values, field, sentence):
        """PAY-13"""
        with pytest.raises(InvalidInputError, match=sentence) as refused:
            pay(session, payout, clerk, **values)
        assert (refused.value.field, payout.status) == (field, PayoutStatus.PENDING)


class TestWhoAndWhat:
    @pytest.mark.parametrize("role", [Role.ADMIN, Role.LOGISTICS, Role.VENDOR])
    def test_only_finance(self, session, payout, role):
        """PAY-13, WHO-1"""
        acting = acting_for(make_user(session, role))
        with pytest.raises(ForbiddenError):
            pay(session, payout, acting)
        with pytest.raises(ForbiddenError):
            back(session, payout, acting)

    def test_a_large_one_needs_a_second_person(self, session, clerk):
        """PAY-5, PAY-13: as a release does, and never the same person."""
        large = make_payout(session, price="10000.00")
        for acting in (clerk, replace(clerk, approved_by=clerk.user_id)):
            with pytest.raises(SecondPersonError):
                pay(session, large, acting)
        second = make_user(session, Role.FINANCE)
        pay(session, large, replace(clerk, approved_by=second.id))
        assert (large.released_by, large.approved_by, large.second_person_required) == (clerk.user_id, second.id, True)
        assert large.approved_at is not None

    def test_what_is_wrong_at_stripe_does_not_hold_it(self, session, payout, clerk):
        """PAY-13, PAY-1: this is what paying by hand is for."""
        change_profile(session, payout, payouts_enabled=False, stripe_account_id=None, requirements_past_due=True)
        pay(session, payout, clerk)
        assert payout.status is PayoutStatus.COMPLETED

    def test_everything_else_holds_it(self, session, clerk):
        """PAY-13, PAY-1, PAY-12: a hold of ours counts whoever pays."""
        vendor = make_vendor(session)
        payout = make_payout(session, vendor=vendor)
        change_profile(session, payout, payout_currencies=["EUR"])
        make_hold(session, vendor=vendor)
        with pytest.raises(DomainError) as refused:
            pay(session, payout, clerk)
        assert (refused.value.message, refused.value.code) == ("On hold: Papers are missing.", "held")


class TestReturned:
    def test_the_bank_sends_it_back(self, session, payout, clerk):
        """PAY-9, PAY-11, PAY-13: failed with a code and the bank's words; the money is at our own bank again."""
        before = stripe(session)
        pay(session, payout, clerk)
        back(session, payout, clerk)
        settle(session)
        assert (payout.status, payout.failure_code) == (PayoutStatus.FAILED, "account_closed")
        assert payout.failure_reason == "The vendor's bank account is closed. The bank says: Account closed 3/4."
        assert (bank(session), stripe(session)) == (0, before)
        assert balances.available(session, payout.vendor_id, "USD") == Decimal("90.00")
        assert verify(session).complaints == []
        with pytest.raises(DomainError, match="known already"):
            back(session, payout, clerk)

    def test_then_it_goes_through_stripe(self, session, payout, clerk):
        """PAY-9, PAY-13: made ready again it is a payout like any other, and may be paid by hand again."""
        pay(session, payout, clerk)
        back(session, payout, clerk)
        manage.retry(session, payout, acting=clerk)
        assert (payout.payout_method, payout.bank_reference, payout.paid_on) == (PayoutMethod.BANK_ACCOUNT, None, None)
        pay(session, payout, clerk, reference="BANK-2")
        settle(session)
        assert (bank(session), payout.bank_reference) == (Decimal("-90.00"), "BANK-2")
        assert verify(session).complaints == []

    def test_or_it_is_cancelled(self, session, payout, clerk):
        """PAY-9, PAY-13: its entries are free, and what was paid stays to be seen."""
        pay(session, payout, clerk)
        back(session, payout, clerk)
        manage.cancel(session, payout, reason="Paid wrongly.", acting=clerk)
        settle(session)
        assert (payout.status, payout.bank_reference) == (PayoutStatus.CANCELLED, "BANK-1")
        assert verify(session).complaints == []

    def test_of_stripes_own_stripe_tells(self, session, payout, clerk):
        """PAY-9: nobody may say it for Stripe."""
        with pytest.raises(DomainError, match="Stripe tells by itself"):
            back(session, payout, clerk)

    @pytest.mark.parametrize("approver", ["nobody", "themself"])
    def test_from_the_threshold_on_two_people_say_so(self, session, clerk, approver):
        """PAY-5, WHO-1: what came back can be paid out again."""
        payout = make_payout(session, price="10000.00")
        pay(session, payout, replace(clerk, approved_by=make_user(session, Role.FINANCE).id))
        alone = replace(clerk, approved_by=None if approver == "nobody" else clerk.user_id)
        with pytest.raises(SecondPersonError):
            back(session, payout, alone)

    def test_the_banks_words_are_needed(self, session, payout, clerk):
        """PAY-11"""
        pay(session, payout, clerk)
        with pytest.raises(InvalidInputError, match="what the bank says"):
            back(session, payout, clerk, raw="  ")


def test_the_statement_names_method_and_reference(session, payout, clerk):
    """PAY-13"""
    found = statement(session, payout.id, clerk)
    assert (found.method, found.reference) == ("Bank account", None)
    pay(session, payout, clerk)
    found = statement(session, payout.id, clerk)
    assert (found.method, found.reference, found.status) == ("By hand", "BANK-1", "Completed")


def test_the_book_says_when_the_two_differ(session, payout, clerk):
    """PAY-13, LED-1: a settlement without its journal is found."""
    pay(session, payout, clerk)
    change = {"status": PayoutStatus.FAILED, "failure_code": "declined", "failure_reason": "x"}
    for name, value in change.items():
        setattr(payout, name, value)
    session.flush()
    assert any("settled by hand" in complaint for complaint in verify(session).complaints)
