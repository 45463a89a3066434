"""Money taken back from a vendor's account at Stripe: after a bank return, or against a debt (REC-2, PAY-9, M7)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.errors import DomainError, ForbiddenError, SecondPersonError
from backoffice.gateways.payments import Refused, RetrySameKey, Succeeded
from backoffice.gateways.stripe_payments import StripePayments
from backoffice.permissions import Role
from backoffice.services import settings
from backoffice.services.ledger import balances
from backoffice.services.ledger.journal import Posting, Source, post
from backoffice.services.ledger.lines import credit, debit
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import bank, manage, send, take_back
from backoffice.services.provider_calls import OutgoingStoppedError
from models import Journal, PlatformSetting, TransferReversal
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.payout import PayoutStatus
from tests.factories import acting_for, make_user
from tests.factories.payouts import make_payout
from tests.sandbox.fixtures import sandbox, sandbox_process
from tests.sandbox.running import KEY

__all__ = ["sandbox", "sandbox_process"]

BACK = Succeeded(id="trr_1", status="created")
NO = Refused(code="balance_insufficient", message="Insufficient funds.")


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def sent(session, clerk):
    """A payout of 90.00 whose transfer was made and which is completed by it."""
    payout = make_payout(session)
    what = send.begin(session, payout, acting=clerk)
    send.settle(session, payout, what, Succeeded(id=f"tr_{payout.id.hex}", status="created"), acting=clerk)
    return payout


@pytest.fixture
def returned(session, sent, clerk):
    """The same, after the bank sent the money back."""
    bank.returned(session, sent, code="account_closed", raw="Closed.", acting=clerk)
    return sent


def owe(session, payout, amount):
    """The vendor of `payout` owes `amount`, whatever for."""
    lines = [
        debit(AccountKind.VENDOR_AVAILABLE, Decimal(amount), payout.vendor_id),
        credit(AccountKind.SUSPENSE, Decimal(amount)),
    ]
    source = Source(table="refunds", id=payout.id)
    post(session, Posting(event=JournalEvent.REFUND_SUCCEEDED, source=source, currency="USD", lines=lines))


def events(session, row):
    query = sa.select(Journal.event).where(Journal.source_id == row.id).order_by(Journal.id)
    return [event.value for event in session.scalars(query)]


def psp(session):
    return balances.of_account(session, AccountKind.PSP_CLEARING, "USD")


def test_after_a_bank_return_the_money_is_taken_back_before_anything_else(session, returned, clerk):
    """PAY-9: E4 is undone at once, E5 when the money is back; before that a retry would pay twice."""
    assert balances.available(session, returned.vendor_id, "USD") == Decimal("90.00")
    assert balances.of_account(session, AccountKind.PAYOUT_IN_TRANSIT, "USD") == Decimal("90.00")
    for step in (manage.retry, manage.cancel):
        with pytest.raises(DomainError, match="take it back first") as caught:
            step(session, returned, acting=clerk, **({"reason": "No."} if step is manage.cancel else {}))
        assert caught.value.code == "transfer_not_reversed"
    before = psp(session)
    what = take_back.begin(session, returned, acting=clerk)
    assert (what.amount, what.transfer) == (Decimal("90.00"), returned.stripe_transfer_id)
    assert take_back.settle(session, returned, what, BACK, acting=clerk)
    assert psp(session) - before == Decimal("90.00")
    assert balances.of_account(session, AccountKind.PAYOUT_IN_TRANSIT, "USD") == 0
    assert (returned.stripe_transfer_id, returned.reversed_amount) == (None, 0)
    assert set(events(session, returned)) == {"payout_assembled", "transfer_executed", "payout_dissolved"}
    assert events(session, take_back.last(session, returned)) == ["transfer_returned"]
    manage.retry(session, returned, acting=clerk)
    assert returned.status is PayoutStatus.PENDING
    assert verify(session).complaints == []


def test_against_a_debt_no_more_than_is_owed(session, sent, clerk):
    """REC-2, M6, E11: up to what is left of the transfer; what comes back lowers the debt, once."""
    with pytest.raises(DomainError, match="owes nothing"):
        take_back.begin(session, sent, acting=clerk)
    owe(session, sent, "60.00")
    what = take_back.begin(session, sent, acting=clerk)
    assert what.amount == Decimal("60.00")
    for _ in range(3):
        assert take_back.settle(session, sent, what, BACK, acting=clerk)
    assert balances.available(session, sent.vendor_id, "USD") == 0
    owe_more = Posting(
        event=JournalEvent.REFUND_SUCCEEDED,
        source=Source(table="refunds", id=sent.id, occurrence=2),
        currency="USD",
        lines=[
            debit(AccountKind.VENDOR_AVAILABLE, Decimal(50), sent.vendor_id),
            credit(AccountKind.SUSPENSE, Decimal(50)),
        ],
    )
    post(session, owe_more)
    again = take_back.begin(session, sent, acting=clerk)
    assert (again.amount, sent.reversed_amount) == (Decimal("30.00"), Decimal("90.00"))
    take_back.settle(session, sent, again, Succeeded(id="trr_2", status="created"), acting=clerk)
    with pytest.raises(DomainError, match="taken back already"):
        take_back.begin(session, sent, acting=clerk)


@pytest.mark.parametrize("late", [False, True])
def test_what_repaid_a_debt_before_the_bank_return_is_part_of_it(session, sent, clerk, late):
    """PAY-9, REC-2, REC-4: of 90.00 sent, 60.00 paid a debt back, then the bank returned it: 30.00 is left to take.

    The vendor owes the 60.00 again, which the 90.00 that are owed to them net; `late`: the return came first.
    """
    before = psp(session)
    owe(session, sent, "60.00")
    debt = take_back.begin(session, sent, acting=clerk)
    if not late:
        take_back.settle(session, sent, debt, BACK, acting=clerk)
    bank.returned(session, sent, code="account_closed", raw="Closed.", acting=clerk)
    if late:
        take_back.settle(session, sent, debt, BACK, acting=clerk)
    assert (psp(session) - before, balances.available(session, sent.vendor_id, "USD")) == (60, 30)
    assert balances.of_account(session, AccountKind.PAYOUT_IN_TRANSIT, "USD") == 30
    rest = take_back.begin(session, sent, acting=clerk)
    assert (rest.amount, sent.stripe_transfer_id) == (Decimal("30.00"), rest.transfer)
    take_back.settle(session, sent, rest, Succeeded(id="trr_2", status="created"), acting=clerk)
    assert (psp(session) - before, balances.available(session, sent.vendor_id, "USD")) == (90, 30)
    assert balances.of_account(session, AccountKind.PAYOUT_IN_TRANSIT, "USD") == 0
    manage.cancel(session, sent, reason="The account is closed.", acting=clerk)
    assert verify(session).complaints == []


def test_when_all_of_it_repaid_a_debt_nothing_is_left_to_take_after_a_return(session, sent, clerk):
    """PAY-9, REC-2: the payout may be cancelled or sent again at once."""
    owe(session, sent, "95.00")
    take_back.settle(session, sent, take_back.begin(session, sent, acting=clerk), BACK, acting=clerk)
    bank.returned(session, sent, code="account_closed", raw="Closed.", acting=clerk)
    assert (sent.stripe_transfer_id, sent.reversed_amount) == (None, 0)
    assert balances.of_account(session, AccountKind.PAYOUT_IN_TRANSIT, "USD") == 0
    assert balances.available(session, sent.vendor_id, "USD") == Decimal("-5.00")
    manage.cancel(session, sent, reason="The account is closed.", acting=clerk)
    assert verify(session).complaints == []


def test_a_refusal_is_final_and_changes_no_balance(session, returned, clerk):
    """REC-2: the vendor's account does not cover it; another attempt is another reversal with its own key."""
    before = psp(session)
    what = take_back.begin(session, returned, acting=clerk)
    with pytest.raises(DomainError, match="already"):
        take_back.begin(session, returned, acting=clerk)
    assert take_back.settle(session, returned, what, NO, acting=clerk)
    failed = take_back.last(session, returned)
    assert (failed.status, failed.failure_code, returned.reversed_amount) == ("failed", "balance_insufficient", 0)
    assert psp(session) == before
    assert take_back.begin(session, returned, acting=clerk).key != what.key


def test_what_is_not_known_is_asked_again_with_the_same_key(session, returned, clerk):
    """M7, IDE-2: a crash between the steps, or no answer."""
    what = take_back.begin(session, returned, acting=clerk)
    assert not take_back.settle(session, returned, what, RetrySameKey("time-out"), acting=clerk)
    resumed = take_back.resume(session, returned)
    assert (resumed.key, resumed.look_first, resumed.key_is_old) == (what.key, True, False)
    take_back.settle(session, returned, resumed, BACK, acting=clerk)
    assert take_back.resume(session, returned) is None


def test_the_call_is_found_at_stripe_before_it_is_made_again(session, returned, clerk, sandbox):
    """M4, IDE-2: the first answer was lost; the reversal is adopted by its metadata, with the real provider."""
    payments = StripePayments(KEY, api_base=sandbox.url, retries=0)
    transfer = {"amount": 9_000, "currency": "usd", "destination": "acct_1"}
    returned.stripe_transfer_id = sandbox.client().v1.transfers.create(transfer).id
    what = take_back.begin(session, returned, acting=clerk)
    first = take_back.call(payments, what)
    again = take_back.call(payments, take_back.resume(session, returned))
    assert isinstance(first, Succeeded)
    assert isinstance(again, Succeeded)
    assert first.id == again.id


@pytest.mark.parametrize("approver", ["nobody", "themself"])
def test_from_the_threshold_on_a_second_person_must_agree(session, returned, clerk, approver):
    """WHO-1, REC-2: the service every path calls refuses the maker."""
    limits = sa.update(PlatformSetting).where(PlatformSetting.key == send.THRESHOLD)
    session.execute(limits.values(value={"USD": "50"}))
    acting = replace(clerk, approved_by=None if approver == "nobody" else clerk.user_id)
    with pytest.raises(SecondPersonError):
        take_back.begin(session, returned, acting=acting)


def test_only_finance_and_only_while_money_may_move(session, returned, clerk):
    """PAY-5, M15."""
    with pytest.raises(ForbiddenError):
        take_back.begin(session, returned, acting=acting_for(make_user(session)))
    with pytest.raises(DomainError, match="No money"):
        take_back.begin(session, make_payout(session), acting=clerk)
    waiting = take_back.begin(session, returned, acting=clerk)
    stop = sa.update(PlatformSetting).where(PlatformSetting.key == "money.outgoing_stopped").values(value=True)
    session.execute(stop)
    assert settings.get(session, "money.outgoing_stopped") is True
    for step in (lambda: take_back.begin(session, returned, acting=clerk), lambda: take_back.resume(session, returned)):
        with pytest.raises(OutgoingStoppedError):
            step()
    assert session.get_one(TransferReversal, waiting.reversal_id).status == "processing"
