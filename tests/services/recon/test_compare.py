"""The comparison by itself: each kind of drift is found, once, and nothing is corrected (LED-7, M12)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.services.ledger import postings
from backoffice.services.ledger.journal import Details, Posting, Source, find, post, reverse
from backoffice.services.ledger.lines import credit, debit
from backoffice.services.recon.compare import compare
from models import ProviderBooking, ReconItem
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.recon import ReconItemStatus, ReconResult
from tests.factories import make_user
from tests.factories.recon import make_booking, make_recon_run

NOON = now().replace(hour=12, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def run(session):
    return make_recon_run(session)


def journal(session, provider_id, amount, *, currency="USD", at=NOON, event=JournalEvent.ADJUSTMENT, source=None):
    """A journal that brings `amount` (negative: takes it) to the provider."""
    people = [make_user(session).id, make_user(session).id]
    details = Details(posted_at=at, provider_id=provider_id, reason="Test.", actor_id=people[0], approved_by=people[1])
    lines = postings.adjustment(
        debit(AccountKind.PSP_CLEARING, Decimal(amount)), credit(AccountKind.SUSPENSE, Decimal(amount))
    )
    source = source or Source(table="tests", id=uuid.uuid4())
    return post(session, Posting(event=event, source=source, currency=currency, lines=lines, details=details))


def items(session):
    """Provider id -> result, expected and found."""
    session.expire_all()
    found = session.scalars(sa.select(ReconItem).where(ReconItem.status == ReconItemStatus.OPEN))
    return {
        one.provider_id: (
            one.result.value,
            one.expected and f"{one.expected:.2f} {one.expected_currency}",
            one.found and f"{one.found:.2f} {one.found_currency}",
        )
        for one in found
    }


def test_a_clean_day(session, run):
    """M12: a payment with its fee, a refund that came back, a transfer; 0 unexplained."""
    journal(session, "pi_1", "100.00", event=JournalEvent.PAYMENT_CAPTURED)
    journal(session, "pi_1", "-3.20", event=JournalEvent.PROVIDER_FEE)
    make_booking(session, "pi_1", "96.80")
    refund = Source(table="refunds", id=uuid.uuid4())
    journal(session, "re_1", "-25.00", event=JournalEvent.REFUND_SUCCEEDED, source=refund)
    reverse(session, find(session, JournalEvent.REFUND_SUCCEEDED, refund), JournalEvent.REFUND_RETURNED)
    make_booking(session, "re_1", "-25.00", type="refund")
    make_booking(session, "re_1", "25.00", type="refund_failure")
    journal(session, "tr_1", "-90.00")
    make_booking(session, "tr_1", "-90.00", type="transfer")
    figures = compare(session, run)
    assert (figures["matched"], figures["explained"], figures["differing"]) == (3, 0, None)
    assert figures["ours"] == figures["theirs"] == Decimal("6.80")
    assert items(session) == {}


def test_missing_here(session, run):
    """M12: Stripe booked what the ledger does not know."""
    make_booking(session, "pi_1", "96.80")
    assert compare(session, run)["differing"] == {"missing_here": 1}
    assert items(session) == {"pi_1": ("missing_here", None, "96.80 USD")}


def test_missing_there(session, run):
    """M12: the ledger has what Stripe does not; a journal that names nothing at Stripe is such a one too."""
    journal_id = journal(session, "tr_1", "-90.00")
    nameless = journal(session, None, "5.00")
    assert compare(session, run)["differing"] == {"missing_there": 2}
    assert items(session) == {
        "tr_1": ("missing_there", "-90.00 USD", None),
        str(nameless): ("missing_there", "5.00 USD", None),
    }
    item = session.scalars(sa.select(ReconItem).where(ReconItem.provider_id == "tr_1")).one()
    assert (item.journal_id, item.run_id, item.first_day) == (journal_id, run.id, run.day)


def test_another_amount(session, run):
    """M12."""
    journal(session, "pi_1", "100.00")
    booking = make_booking(session, "pi_1", "90.00")
    assert compare(session, run)["differing"] == {"amount_differs": 1}
    assert items(session) == {"pi_1": ("amount_differs", "100.00 USD", "90.00 USD")}
    assert session.scalars(sa.select(ReconItem.booking_id)).one() == booking.booking_id


def test_another_currency(session, run):
    """M12: one item, whichever currency's run comes first and though both find it."""
    journal(session, "pi_1", "100.00", currency="EUR")
    make_booking(session, "pi_1", "100.00")
    assert compare(session, run)["differing"] == {"currency_differs": 1}
    euros = make_recon_run(session, currency="EUR")
    figures = compare(session, euros)
    assert (figures["ours"], figures["theirs"]) == (Decimal(100), Decimal(0))
    assert items(session) == {"pi_1": ("currency_differs", "100.00 EUR", "100.00 USD")}


@pytest.mark.parametrize("here", [True, False])
def test_twice(session, run, *, here):
    """M12: booked twice, on either side."""
    for time in (1, 2):
        if here or time == 1:
            journal(session, "pi_1", "100.00")
        if not here or time == 1:
            make_booking(session, "pi_1", "100.00")
    assert compare(session, run)["differing"] == {"duplicate": 1}
    assert items(session)["pi_1"][0] == "duplicate"


def test_late_here(session, run):
    """M12: what one side dates a day later is matched by its id, and reported on neither day."""
    journal(session, "pi_1", "100.00", at=NOON)
    make_booking(session, "pi_1", "100.00", booked_at=NOON + DAY)
    make_booking(session, "re_1", "-10.00", booked_at=NOON)
    journal(session, "re_1", "-10.00", at=NOON + 9 * DAY)
    assert compare(session, run)["differing"] is None
    for later in (1, 9):
        other = make_recon_run(session, day=run.day + later * DAY)
        assert (compare(session, other)["matched"], items(session)) == (1, {})


def test_late_and_found_meanwhile(session, run):
    """M12: a difference that is gone later is one item still, says so, and waits for a person; back, it is the same."""
    booking = make_booking(session, "pi_1", "100.00")
    compare(session, run)
    journal(session, "pi_1", "100.00", at=NOON + DAY)
    later = make_recon_run(session, day=run.day + DAY)
    assert compare(session, later)["differing"] is None
    item = session.scalars(sa.select(ReconItem)).one()
    session.refresh(item)
    assert (item.status, item.gone_at is not None, item.last_run_id) == (ReconItemStatus.OPEN, True, run.id)
    session.execute(sa.update(ProviderBooking).where(ProviderBooking.id == booking.id).values(net=Decimal(99)))
    compare(session, later)
    again = session.scalars(sa.select(ReconItem)).one()
    session.refresh(again)
    assert (again.id, again.gone_at, again.last_run_id, again.run_id) == (item.id, None, later.id, run.id)
    assert (again.result, again.first_day) == (ReconResult.AMOUNT_DIFFERS, run.day)


def test_again_it_is_the_same_item(session, run):
    """LED-7, M12: compared twice, a difference is one item; nothing is written into either book."""
    make_booking(session, "pi_1", "96.80")
    first = compare(session, run)
    before = {one.id: one.created_at for one in session.scalars(sa.select(ReconItem))}
    assert compare(session, run) == first
    assert {one.id: one.created_at for one in session.scalars(sa.select(ReconItem))} == before
    assert items(session) == {"pi_1": ("missing_here", None, "96.80 USD")}


def test_what_was_resolved_stays_explained(session, run):
    """M12: until its amounts change, which is a new difference."""
    booking = make_booking(session, "po_1", "-10.00")
    compare(session, run)
    session.execute(
        sa.update(ReconItem).values(
            status="resolved", resolution_note="Our own payout.", resolved_by=make_user(session).id, resolved_at=now()
        )
    )
    figures = compare(session, run)
    assert (figures["explained"], figures["differing"], items(session)) == (1, None, {})
    session.execute(sa.update(ProviderBooking).where(ProviderBooking.id == booking.id).values(net=Decimal(-11)))
    assert compare(session, run)["differing"] == {"missing_here": 1}
    assert session.scalar(sa.select(sa.func.count()).select_from(ReconItem)) == 2
