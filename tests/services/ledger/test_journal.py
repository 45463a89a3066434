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
from backoffice.services.ledger.journal import (
    Details,
    LedgerError,
    Posting,
    Source,
    find,
    lines_of,
    post,
    post_many,
    reverse,
)
from backoffice.services.ledger.lines import Line, credit, debit
from backoffice.services.ledger.postings import earning_available, provider_fee
from models import Journal, JournalLine, LedgerAccount
from models.journal import JournalEvent
from models.ledger import AccountKind
from tests.factories import make_user, make_vendor
from tests.models.refusals import settle

FEE = provider_fee(Decimal("3.20"))


def write(session, event, which, lines, *, currency="USD", **details):
    posting = Posting(event=event, source=which, currency=currency, lines=lines, details=Details(**details))
    return post(session, posting)


def source(occurrence=1):
    return Source(table="payments", id=uuid.uuid4(), occurrence=occurrence)


def test_a_journal_is_written_with_its_lines(session):
    """LED-1."""
    which, at = source(occurrence=2), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    vendor = make_vendor(session).id
    lines = earning_available(vendor, Decimal("90.00"))
    journal_id = write(session, JournalEvent.TRANSFER_REVERSED, which, lines, currency="EUR", posted_at=at)
    settle(session)
    journal = session.get_one(Journal, journal_id)
    assert (journal.event, journal.source_type, journal.source_id, journal.occurrence, journal.currency) == (
        JournalEvent.TRANSFER_REVERSED, "payments", which.id, 2, "EUR",
    )  # fmt: skip
    assert journal.posted_at == at
    assert lines_of(session, journal_id) == lines
    assert set(session.scalars(sa.select(JournalLine.created_at))) == {at}
    assert set(session.scalars(sa.select(JournalLine.currency))) == {"EUR"}
    assert find(session, JournalEvent.TRANSFER_REVERSED, which) == journal_id
    assert find(session, JournalEvent.PROVIDER_FEE, which) is None


def test_the_same_event_posts_once(session):
    """LED-3: a repeated call finds the first journal; with other lines it is a mistake of ours."""
    which = source()
    first = write(session, JournalEvent.PROVIDER_FEE, which, FEE)
    assert [write(session, JournalEvent.PROVIDER_FEE, which, FEE) for _ in range(9)] == [first] * 9
    with pytest.raises(LedgerError, match="other lines"):
        write(session, JournalEvent.PROVIDER_FEE, which, provider_fee(Decimal("3.21")))
    second = write(session, JournalEvent.PROVIDER_FEE, source(2), FEE)
    assert second not in {None, first}
    assert session.scalar(sa.select(sa.func.count()).select_from(JournalLine)) == 4


def test_what_is_not_zero_is_not_written(session):
    """LED-1: nor is what comes to nothing."""
    with pytest.raises(LedgerError, match="does not sum to zero"):
        write(session, JournalEvent.PROVIDER_FEE, source(), FEE[:1])
    assert write(session, JournalEvent.PROVIDER_FEE, source(), provider_fee(Decimal(0))) is None
    assert session.scalar(sa.select(sa.func.count()).select_from(Journal)) == 0


def test_many_are_written_in_a_few_statements(session):
    """LED-3: those that are there already are found, the others written, in order."""
    postings = [
        Posting(event=JournalEvent.PROVIDER_FEE, source=source(), currency=currency, lines=provider_fee(Decimal(fee)))
        for currency, fee in (("USD", "1.00"), ("JPY", "100"), ("USD", "0"), ("USD", "2.00"))
    ]
    first = post(session, postings[3])
    ids = post_many(session, [*postings, postings[0]])
    assert ids[2] is None
    assert ids[3] == first
    assert ids[4] == ids[0]
    assert [lines_of(session, one) for one in (ids[0], ids[1])] == [list(postings[n].lines) for n in (0, 1)]
    assert post_many(session, []) == []


def test_a_reversal_mirrors_its_original(session):
    """LED-2: with the people and the reason, and once."""
    first = write(session, JournalEvent.CHARGEBACK_OPENED, source(3), FEE)
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
    for currency in ("CHF", "SEK"):
        for vendor in vendors:
            for _ in range(2):
                event = JournalEvent.TRANSFER_REVERSED
                write(session, event, source(), earning_available(vendor, Decimal(1)), currency=currency)
    made = session.execute(
        sa.select(LedgerAccount.kind, LedgerAccount.currency, LedgerAccount.vendor_id).where(
            LedgerAccount.vendor_id.is_not(None)
        )
    ).all()
    assert len(made) == len(set(made)) == 8


def test_ten_at_once_write_one(clean_database):
    """LED-3: the same event from ten transactions at the same time."""
    sessions, which, found = session_factory(clean_database), source(), []

    def once():
        with sessions.begin() as session:
            lines = [debit(AccountKind.PSP_FEES, Decimal(1)), credit(AccountKind.PSP_CLEARING, Decimal(1))]
            found.append(write(session, JournalEvent.PROVIDER_FEE, which, lines, currency="CHF"))

    threads = [threading.Thread(target=once) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 10
    assert len(set(found)) == 1
    with sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Journal)) == 1
        query = sa.select(sa.func.count()).select_from(LedgerAccount).where(LedgerAccount.currency == "CHF")
        assert session.scalar(query) == 2
