"""What the database refuses about the book, whoever writes to it (LED-1, LED-2, LED-4)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from models import AccountBalance, Journal, JournalLine, LedgerAccount
from models.base import uuid7
from models.journal import JournalEvent
from models.ledger import AccountKind
from tests.factories import make_category, make_user, make_vendor
from tests.models.refusals import refused, settle


def make_account(session: Session, kind: AccountKind = AccountKind.PSP_CLEARING, **values: Any) -> LedgerAccount:
    account = LedgerAccount(**({"id": uuid7(), "kind": kind, "currency": "CHF"} | values))
    session.add(account)
    session.flush()
    return account


@pytest.fixture
def accounts(session: Session) -> list[LedgerAccount]:
    """Three accounts in francs."""
    return [
        make_account(session, kind) for kind in (AccountKind.PSP_FEES, AccountKind.SUSPENSE, AccountKind.PSP_CLEARING)
    ]


def make_journal(session: Session, *lines: tuple[LedgerAccount, str], **values: Any) -> Journal:
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "event": JournalEvent.PROVIDER_FEE,
        "source_type": "payments",
        "source_id": uuid.uuid4(),
        "currency": "CHF",
    }
    journal = Journal(**(defaults | values))
    session.add(journal)
    session.flush()
    add_lines(session, journal, *lines)
    return journal


def add_lines(session: Session, journal: Journal, *lines: tuple[LedgerAccount, str]) -> None:
    session.add_all(
        JournalLine(journal_id=journal.id, account_id=account.id, amount=Decimal(amount), currency=account.currency)
        for account, amount in lines
    )
    session.flush()


def balance(session: Session, account: LedgerAccount) -> tuple[Decimal, int]:
    query = sa.select(sa.func.sum(AccountBalance.balance), sa.func.sum(AccountBalance.lines))
    return tuple(session.execute(query.where(AccountBalance.account_id == account.id)).one())  # type: ignore[return-value]


def test_a_journal_that_is_not_zero_is_refused_at_the_end(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-1, M2: by a deferred trigger, since the lines come after the journal."""
    with refused(session, "tr_journals_balanced"):
        make_journal(session, (accounts[0], "10.00"), (accounts[1], "-9.99"))


@pytest.mark.parametrize("lines", [0, 1])
def test_a_journal_has_two_lines(session: Session, accounts: list[LedgerAccount], lines: int) -> None:
    """LED-1."""
    with refused(session, "tr_journals_lines"):
        make_journal(session, *[(accounts[0], "10.00")][:lines])


def test_a_journal_has_one_currency(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-1: kroner do not make up for francs."""
    kroner = make_account(session, currency="SEK")
    with refused(session, "tr_journals_currency"):
        make_journal(session, (accounts[0], "10.00"), (kroner, "-10.00"))


def test_a_line_has_the_currency_of_its_account(session: Session, accounts: list[LedgerAccount]) -> None:
    """MON-1."""
    with refused(session, "fk_journal_lines_account_id_currency"):
        accounts[0].currency = "EUR"
        session.expunge(accounts[0])
        make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"))


def test_an_account_has_one_line_in_a_journal(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-1."""
    with refused(session, "uq_journal_lines_journal_id_account_id"):
        make_journal(session, (accounts[0], "10.00"), (accounts[0], "-10.00"))


def test_amounts_are_not_finer_than_the_currency(session: Session, accounts: list[LedgerAccount]) -> None:
    """MON-1."""
    with refused(session, "ck_journal_lines_amount_exact"):
        make_journal(session, (accounts[0], "0.001"), (accounts[1], "-0.001"))


def test_the_same_event_of_a_source_posts_once(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-3."""
    journal = make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"))
    with refused(session, "uq_journals_source_id_event_occurrence_source_type"):
        make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"), source_id=journal.source_id)


def test_nothing_is_added_to_a_journal_of_before(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-2: neither by a transaction that claims to be another one's."""
    with refused(session, "tr_journal_lines_closed"):
        make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"), written_in="1")


def test_a_reversal_is_the_mirror_of_its_original(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-2: the same accounts and amounts, once, and not of a reversal."""
    first = make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"))
    for lines in (
        ((accounts[0], "-9.00"), (accounts[1], "9.00")),
        ((accounts[0], "-10.00"), (accounts[2], "10.00")),
        ((accounts[0], "-10.00"), (accounts[1], "8.00"), (accounts[2], "2.00")),
    ):
        with refused(session, "tr_journals_reversal"):
            make_journal(session, *lines, reverses_id=first.id)
    back = make_journal(session, (accounts[0], "-10.00"), (accounts[1], "10.00"), reverses_id=first.id)
    settle(session)
    with refused(session, "uq_journals_reverses_id"):
        make_journal(session, (accounts[0], "-10.00"), (accounts[1], "10.00"), reverses_id=first.id)
    with refused(session, "tr_journals_reversal"):
        make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"), reverses_id=back.id)


def test_what_people_post_needs_two_of_them_and_a_reason(session: Session, accounts: list[LedgerAccount]) -> None:
    """E12, E14, M9: in the database too."""
    one, two = (make_user(session, Role.FINANCE).id for _ in range(2))
    lines = ((accounts[0], "10.00"), (accounts[1], "-10.00"))
    for event in (JournalEvent.ADJUSTMENT, JournalEvent.DEBT_WRITTEN_OFF):
        for people in (
            {},
            {"reason": "Found it.", "actor_id": one},
            {"actor_id": one, "approved_by": two},
            {"reason": "Found it.", "actor_id": one, "approved_by": one},
        ):
            with refused(session, "ck_journals_people_are_two"):
                make_journal(session, *lines, event=event, **people)
        make_journal(session, *lines, event=event, reason="Found it.", actor_id=one, approved_by=two)


def test_vendors_have_accounts_where_it_is_theirs(session: Session) -> None:
    """B6: one a vendor and currency, or one a currency."""
    vendor = make_vendor(session).id
    make_account(session, AccountKind.VENDOR_PENDING, vendor_id=vendor)
    make_account(session, AccountKind.VENDOR_PENDING, vendor_id=vendor, currency="EUR")
    make_account(session, AccountKind.TAX_PAYABLE)
    for kind, owner, name in (
        (AccountKind.VENDOR_PENDING, None, "ck_ledger_accounts_vendor_where_needed"),
        (AccountKind.TAX_PAYABLE, vendor, "ck_ledger_accounts_vendor_where_needed"),
        (AccountKind.VENDOR_PENDING, vendor, "uq_ledger_accounts_kind_currency_vendor_id"),
        (AccountKind.TAX_PAYABLE, None, "uq_ledger_accounts_kind_currency_vendor_id"),
    ):
        with refused(session, name):
            make_account(session, kind, vendor_id=owner)


def test_balances_follow_the_lines(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-4."""
    make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"))
    make_journal(session, (accounts[0], "-2.50"), (accounts[1], "1.50"), (accounts[2], "1.00"))
    assert [balance(session, account) for account in accounts] == [
        (Decimal("7.50"), 2),
        (Decimal("-8.50"), 2),
        (Decimal("1.00"), 1),
    ]


def test_folding_changes_no_balance(session: Session, accounts: list[LedgerAccount]) -> None:
    """LED-4: it makes one part of many, and the application may ask for it."""
    for _ in range(3):
        make_journal(session, (accounts[0], "10.00"), (accounts[1], "-10.00"))
    before = [balance(session, account) for account in accounts[:2]]
    assert (session.scalar(sa.text("SELECT fold_account_balances()")) or 0) >= 2
    assert [balance(session, account) for account in accounts[:2]] == before == [(30, 3), (-30, 3)]
    parts = sa.select(sa.func.count()).select_from(AccountBalance).where(AccountBalance.account_id == accounts[0].id)
    assert session.scalar(parts) == 1


def test_folding_does_not_wait_for_categories(session: Session, engine: sa.Engine) -> None:
    """The relay folds; a long import of categories must not stop what else it does."""
    make_category(session, parent_id=make_category(session).id)
    with engine.connect() as other:
        other.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
        other.execute(sa.text("SELECT fold_account_balances()"))


@pytest.mark.parametrize("statement", ["UPDATE account_balances SET balance = 0", "DELETE FROM account_balances"])
def test_nobody_but_the_trigger_writes_balances(engine: sa.Engine, statement: str) -> None:
    """LED-4, LED-6: the application's role may read them."""
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT * FROM account_balances"))
        with pytest.raises(sa.exc.ProgrammingError) as caught:
            connection.execute(sa.text(statement))
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege)


def test_the_application_does_not_rebuild(engine: sa.Engine) -> None:
    """LED-5: the owner's command does."""
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as caught:
        connection.execute(sa.text("SELECT rebuild_account_balances()"))
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege)
