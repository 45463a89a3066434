"""Each thing that `verify` looks at can be wrong, and is found (LED-1 to LED-5)."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.config import sqlalchemy_url
from backoffice.database import session_factory
from backoffice.services.ledger import verify as book
from backoffice.services.payouts import bank
from models import AccountBalance, Journal, Order
from tests.factories import make_order, make_payout
from tests.factories.money import make_paid_refund, pay_out

CHECKS = list(book.CHECKS)
(
    ZERO, REVERSALS, BALANCES, PAYMENTS, REFUNDS, PAYOUTS, TRANSFERS, BY_HAND, CHARGEBACKS, ENTRIES, AVAILABLE,
    WAITING,
) = CHECKS  # fmt: skip
CURRENCY = "debits are"
_GONE = "WITH gone AS (DELETE FROM journal_lines WHERE journal_id IN ({0})) DELETE FROM journals WHERE id IN ({0})"
_BACK = "SELECT id FROM journals WHERE reverses_id IS NOT NULL"


def without(event: str, where: str = "reverses_id IS NULL AND id NOT IN (SELECT reverses_id FROM journals"
            " WHERE reverses_id IS NOT NULL)") -> str:  # fmt: skip
    """The journals of an event vanish with their lines."""
    return _GONE.format(f"SELECT id FROM journals WHERE event = '{event}' AND {where}")


#: What is done to the book, and what must be said about it.
DAMAGES = [
    ("UPDATE journal_lines SET amount = amount + 1 WHERE amount = 90 AND currency = 'USD'", ZERO),
    ("UPDATE journal_lines SET amount = amount + 1 WHERE amount = 90 AND currency = 'USD'", CURRENCY),
    ("UPDATE journals SET currency = 'CHF' WHERE event = 'refund_succeeded'", ZERO),
    ("DELETE FROM journal_lines WHERE journal_id IN (SELECT id FROM journals WHERE event = 'payment_captured')", ZERO),
    (f"UPDATE journal_lines SET amount = amount * 2 WHERE journal_id IN ({_BACK})", REVERSALS),
    (
        ("UPDATE journals SET reverses_id = (SELECT id FROM journals WHERE event = 'payout_dissolved')"
        " WHERE event = 'refund_succeeded'"),
        REVERSALS,
    ),
    ("UPDATE account_balances SET balance = balance + 0.01 WHERE balance = 90", BALANCES),
    ("UPDATE account_balances SET lines = lines + 1 WHERE balance = 90", BALANCES),
    ("DELETE FROM account_balances", BALANCES),
    (without("payment_captured"), PAYMENTS),
    (without("refund_succeeded"), REFUNDS),
    ("UPDATE refunds SET status = 'failed', failure_code = 'declined', failure_reason = 'x'", REFUNDS),
    (without("payout_assembled"), PAYOUTS),
    (
        ("UPDATE payouts SET status = 'failed', failure_code = 'declined', failure_reason = 'x'"
        " WHERE status = 'pending'"),
        PAYOUTS,
    ),
    (without("transfer_executed"), TRANSFERS),
    ("UPDATE payouts SET stripe_transfer_id = NULL, status = 'processing' WHERE status = 'completed'", TRANSFERS),
    (
        ("INSERT INTO chargebacks (payment_id, order_id, stripe_dispute_id, amount, currency, reason, status)"
        " SELECT id, order_id, 'dp_1', 1, currency, 'fraudulent', 'needs_response' FROM payments LIMIT 1"),
        CHARGEBACKS,
    ),
    (
        ("UPDATE payouts SET payout_method = 'by_hand', bank_reference = 'B-1', paid_on = '2026-01-01',"
        " destination_account = NULL, stripe_transfer_id = NULL, idempotency_key = NULL, request_params = NULL,"
        " first_sent_at = NULL WHERE status = 'completed'"),
        BY_HAND,
    ),
    ("UPDATE payout_items SET amount = amount + 1 WHERE payout_id IS NULL", ENTRIES),
    ("DELETE FROM payout_items WHERE payout_id IS NULL", ENTRIES),
    ("UPDATE payout_items SET released_at = now() WHERE payout_id IS NOT NULL", ENTRIES),
    ("DELETE FROM payout_items WHERE payout_id IS NULL", AVAILABLE),
    (
        ("UPDATE account_balances SET balance = balance + 1 WHERE account_id IN (SELECT id FROM ledger_accounts"
        " WHERE kind = 'vendor_available')"),
        AVAILABLE,
    ),
    ("DELETE FROM pending_earnings", WAITING),
    ("INSERT INTO pending_earnings SELECT source_id FROM journals WHERE event = 'earning_available'", WAITING),
]  # fmt: skip


@pytest.fixture
def sessions(clean_database):
    """A book with one of everything: sold, paid out, given back after it, pending, and returned by the bank."""
    factory = session_factory(clean_database)
    with factory.begin() as session:
        paid = make_payout(session)
        pay_out(session, paid)
        order_id = session.scalar(sa.text("SELECT order_id FROM order_items"))
        make_payout(session, price="50.00")
        back = pay_out(session, make_payout(session, price="70.00"))
        bank.returned(session, back, code="account_closed", raw="Closed.", acting=Acting.system("stripe"))
        make_order(session, currency="JPY", lines=((1, "500"),))
    with factory.begin() as session:
        make_paid_refund(session, session.get_one(Order, order_id), "10.00")
    return factory


def damage(owner_url, statement):
    """What nothing in the product can do: the owner, past every trigger."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement).rowcount > 0


def complaints(sessions):
    with sessions.begin() as session:
        return book.verify(session).complaints


def test_a_whole_book_has_no_complaints(sessions):
    """LED-1, LED-3, LED-4: and the figures are those of each currency by itself (MON-7)."""
    with sessions.begin() as session:
        report = book.verify(session)
        journals = session.scalar(sa.select(sa.func.count()).select_from(Journal))
    assert report.complaints == []
    assert (report.journals, [one.currency for one in report.currencies]) == (journals, ["JPY", "USD"])
    yen, dollars = report.currencies
    assert (yen.debits, yen.credits, yen.psp_clearing) == (500, 500, 500)
    assert dollars.debits == dollars.credits
    # The 63 that the bank returned are on the vendor's account at Stripe until they are taken back.
    assert dollars.psp_clearing == Decimal(100 + 50 + 70 - 90 - 63 - 10)


@pytest.mark.parametrize(("statement", "complaint"), DAMAGES)
def test_each_damage_is_found(sessions, owner_url, statement, complaint):
    """LED-1, LED-2, LED-3, LED-4, REC-4, PAY-3, PAY-4: every check is able to fail."""
    damage(owner_url, statement)
    found = complaints(sessions)
    assert any(complaint in one for one in found), found


def test_every_check_has_a_damage():
    """LED-4: a new check without one would be a check that nobody saw failing."""
    assert {complaint for _, complaint in DAMAGES} == {*CHECKS, CURRENCY}


class TestBalances:
    def test_rebuilding_gives_the_same(self, sessions, owner_url):
        """LED-5: from the lines alone, before and after, once and twice."""
        with sessions.begin() as session:
            before = _balances(session)
        assert rebuild(owner_url) == 0
        with sessions.begin() as session:
            assert _balances(session) == before

    def test_rebuilding_mends_what_was_damaged(self, sessions, owner_url):
        """LED-5"""
        with sessions.begin() as session:
            before = _balances(session)
        damage(owner_url, "UPDATE account_balances SET balance = balance + 1 WHERE balance = 90")
        assert rebuild(owner_url) > 0
        with sessions.begin() as session:
            assert _balances(session) == before
        assert complaints(sessions) == []

    def test_folding_changes_no_balance(self, sessions):
        """LED-4: many parts become one, once."""
        with sessions.begin() as session:
            before = _balances(session)
            assert book.fold(session) > 0
            assert book.fold(session) == 0
            assert _balances(session) == before
            parts = sa.select(sa.func.count(AccountBalance.id)).group_by(AccountBalance.account_id)
            assert set(session.scalars(parts)) == {1}
        assert complaints(sessions) == []


def rebuild(owner_url):
    engine = sa.create_engine(sqlalchemy_url(owner_url))
    with session_factory(engine).begin() as session:
        wrong = book.rebuild(session)
    engine.dispose()
    return wrong


def _balances(session):
    rows = session.execute(
        sa.select(
            AccountBalance.account_id, sa.func.sum(AccountBalance.balance), sa.func.sum(AccountBalance.lines)
        ).group_by(AccountBalance.account_id)
    )
    return {account: (balance, lines) for account, balance, lines in rows}
