"""Writing journals: once, whole, and undone by a mirror (LED-1 to LED-3)."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.database import session_factory
from backoffice.permissions import Role
from backoffice.services.ledger.journal import Details, LedgerError, Source, find, lines_of, post, reverse
from backoffice.services.ledger.lines import Line, credit, debit
from backoffice.services.ledger.postings import earning_available, provider_fee
from models import Journal, JournalLine, LedgerAccount
from models.journal import JournalEvent
from models.ledger import AccountKind
from tests.factories import make_user, make_vendor
from tests.models.refusals import settle

FEE = provider_fee(Decimal("3.20"))


def source(occurrence=1):
    return Source(table="payments", id=uuid.uuid4(), occurrence=occurrence)


def test_a_journal_is_written_with_its_lines(session):
    """LED-1."""
    which, at = source(occurrence=2), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    vendor = make_vendor(session).id
    lines = earning_available(vendor, Decimal("90.00"))
    journal_id = post(session, JournalEvent.EARNING_AVAILABLE, which, "EUR", lines, Details(posted_at=at))
    settle(session)
    journal = session.get_one(Journal, journal_id)
    assert (journal.event, journal.source_type, journal.source_id, journal.occurrence, journal.currency) == (
        JournalEvent.EARNING_AVAILABLE, "payments", which.id, 2, "EUR",
    )  # fmt: skip
    assert journal.posted_at == at
    assert lines_of(session, journal_id) == lines
    assert set(session.scalars(sa.select(JournalLine.created_at))) == {at}
    assert set(session.scalars(sa.select(JournalLine.currency))) == {"EUR"}
    assert find(session, JournalEvent.EARNING_AVAILABLE, which) == journal_id
    assert find(session, JournalEvent.PROVIDER_FEE, which) is None


def test_the_same_event_posts_once(session):
    """LED-3: a repeated call finds the first journal; with other lines it is a mistake of ours."""
    which = source()
    first = post(session, JournalEvent.PROVIDER_FEE, which, "USD", FEE)
    assert [post(session, JournalEvent.PROVIDER_FEE, which, "USD", FEE) for _ in range(9)] == [first] * 9
    with pytest.raises(LedgerError, match="other lines"):
        post(session, JournalEvent.PROVIDER_FEE, which, "USD", provider_fee(Decimal("3.21")))
    second = post(session, JournalEvent.PROVIDER_FEE, source(2), "USD", FEE)
    assert second not in {None, first}
    assert session.scalar(sa.select(sa.func.count()).select_from(JournalLine)) == 4


def test_what_is_not_zero_is_not_written(session):
    """LED-1: nor is what comes to nothing."""
    with pytest.raises(LedgerError, match="does not sum to zero"):
        post(session, JournalEvent.PROVIDER_FEE, source(), "USD", FEE[:1])
    assert post(session, JournalEvent.PROVIDER_FEE, source(), "USD", provider_fee(Decimal(0))) is None
    assert session.scalar(sa.select(sa.func.count()).select_from(Journal)) == 0


def test_a_reversal_mirrors_its_original(session):
    """LED-2: with the people and the reason, and once."""
    first = post(session, JournalEvent.CHARGEBACK_OPENED, source(3), "USD", FEE)
    clerk, checker = (make_user(session, Role.FINANCE).id for _ in range(2))
    details = Details(reason="Won.", provider_id="dp_1", actor_id=clerk, approved_by=checker)
    back = reverse(session, first, JournalEvent.CHARGEBACK_WON, details)
    settle(session)
    assert set(lines_of(session, back)) == {Line(line.kind, -line.amount) for line in lines_of(session, first)}
    journal, original = session.get_one(Journal, back), session.get_one(Journal, first)
    assert (journal.reverses_id, journal.occurrence, journal.source_id) == (first, 3, original.source_id)
    assert (journal.reason, journal.provider_id, journal.actor_id, journal.approved_by) == (
        "Won.", "dp_1", clerk, checker,
    )  # fmt: skip
    assert reverse(session, first, JournalEvent.CHARGEBACK_WON) == back


def test_accounts_are_made_once_a_currency_and_vendor(session):
    """B6."""
    vendors = [make_vendor(session).id for _ in range(2)]
    for currency in ("USD", "EUR"):
        for vendor in vendors:
            for _ in range(2):
                event = JournalEvent.EARNING_AVAILABLE
                post(session, event, source(), currency, earning_available(vendor, Decimal(1)))
    made = session.execute(sa.select(LedgerAccount.kind, LedgerAccount.currency, LedgerAccount.vendor_id)).all()
    assert len(made) == len(set(made)) == 8


def test_ten_at_once_write_one(clean_database):
    """LED-3: the same event from ten transactions at the same time."""
    sessions, which, found = session_factory(clean_database), source(), []

    def write():
        with sessions.begin() as session:
            lines = [debit(AccountKind.PSP_FEES, Decimal(1)), credit(AccountKind.PSP_CLEARING, Decimal(1))]
            found.append(post(session, JournalEvent.PROVIDER_FEE, which, "USD", lines))

    threads = [threading.Thread(target=write) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 10
    assert len(set(found)) == 1
    with sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Journal)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(LedgerAccount)) == 2
