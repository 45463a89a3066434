"""Runs with the provider: fetched step by step, compared, once a day and currency (LED-7, M12, J16)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from backoffice.cli.recon import command
from backoffice.clock import NOW, now
from backoffice.errors import DomainError
from backoffice.jobs import limits, sweeps
from backoffice.jobs import recon as job
from backoffice.services.leases import MAX_ATTEMPTS, LeaseLostError
from backoffice.services.ledger import record
from backoffice.services.recon import run as recon
from models import LedgerAccount, ProviderBooking, ReconItem, ReconRun
from models.ledger import AccountKind
from models.recon import ReconRunStatus
from tests.factories.orders import make_order, payment_of
from tests.factories.recon import make_booking, make_recon_run
from tests.webhooks.support import Inbox

DOLLARS = ReconRun.currency == "USD"
LEASE = dt.timedelta(seconds=30)
DAY = dt.timedelta(days=1)
YESTERDAY = now().date() - DAY
NOON = dt.datetime.combine(YESTERDAY, dt.time(12), dt.UTC)


def plan(inbox: Inbox, **values: object) -> uuid.UUID:
    """A run that is due now."""
    with inbox.sessions.begin() as session:
        return make_recon_run(session, **values).id


def get(inbox: Inbox, run_id: uuid.UUID) -> ReconRun:
    with inbox.sessions() as session:
        return session.get_one(ReconRun, run_id)


def carry_out(inbox: Inbox, run_id: uuid.UUID) -> ReconRun:
    """What one wake does, and the run afterwards."""
    job.run(inbox.runtime, run_id)
    return get(inbox, run_id)


def release(inbox: Inbox, **values: object) -> None:
    with inbox.sessions.begin() as session:
        session.execute(sa.update(ReconRun).values(leased_until=None, due_since=NOW, run_after=NOW, **values))


def paid(inbox: Inbox, *, fee: int = 320) -> str:
    """A payment of 100.00 USD, paid yesterday at noon, here and at Stripe; its id there."""
    with inbox.sessions.begin() as session:
        order = make_order(session)
        payment = payment_of(session, order)
        intent = str(payment.stripe_payment_intent_id)
        record.provider_fee(session, payment, Decimal("3.20"))
    at = int(NOON.timestamp())
    inbox.sandbox.seed(payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd", "fee": fee, "created": at}])
    return intent


def results(inbox: Inbox) -> dict[str, str]:
    with inbox.sessions() as session:
        return {one.provider_id: one.result.value for one in session.scalars(sa.select(ReconItem))}


def test_a_clean_day(inbox: Inbox) -> None:
    """M12: charges match journals by the payment's id, net of the fee; 0 unexplained; again, nothing changes."""
    paid(inbox)
    run_id = plan(inbox)
    done = carry_out(inbox, run_id)
    assert (done.status, done.counts, done.unexplained) == ("done", {"matched": 1, "explained": 0}, 0)
    assert done.ours == done.theirs == Decimal("96.80")
    assert (done.attempts, done.lease_token, done.last_error) == (0, None, None)
    assert carry_out(inbox, run_id).finished_at == done.finished_at, "done once"
    assert results(inbox) == {}


def test_drift_at_the_provider(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    """M12: another fee, a payment that nobody recorded here: items, found again they are the same."""
    wrong = paid(inbox, fee=400)
    at = int(NOON.timestamp())
    inbox.sandbox.seed(payment_intents=[{"id": "pi_extra", "amount": 500, "currency": "usd", "created": at}])
    run_id = plan(inbox)
    done = carry_out(inbox, run_id)
    assert done.counts == {"matched": 0, "explained": 0, "amount_differs": 1, "missing_here": 1}
    assert (done.unexplained, "2 differences are not explained" in caplog.text) == (2, True)
    assert results(inbox) == {wrong: "amount_differs", "pi_extra": "missing_here"}
    with inbox.sessions.begin() as session:
        assert "USD" in recon.request(session, YESTERDAY)
    release(inbox)
    again = carry_out(inbox, run_id)
    assert (again.unexplained, again.finished_at > done.finished_at, len(results(inbox))) == (2, True, 2)


def test_only_what_is_new_is_kept(inbox: Inbox) -> None:
    """A booking that is here already is left alone."""
    mine = ProviderBooking.provider_id == paid(inbox)
    run_id = plan(inbox)
    carry_out(inbox, run_id)
    with inbox.sessions() as session:
        (booking,) = session.scalars(sa.select(ProviderBooking).where(mine))
    assert (booking.type, booking.net, booking.booked_at) == ("charge", Decimal("96.80"), NOON)
    with inbox.sessions.begin() as session:
        recon.request(session, YESTERDAY)
    release(inbox)
    carry_out(inbox, run_id)
    with inbox.sessions() as session:
        assert session.scalars(sa.select(ProviderBooking.id).where(mine)).all() == [booking.id]


def test_step_by_step(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """J17: what does not fit into a slice, or a worker that is asked to end, goes on where it stopped."""
    paid(inbox)
    run_id = plan(inbox)
    inbox.runtime.stopping = True
    paused = carry_out(inbox, run_id)
    assert (paused.status, paused.fetched_until, paused.lease_token, paused.attempts) == ("running", None, None, 0)
    inbox.runtime.stopping = False
    monkeypatch.setattr(limits, "SLICE", -1.0)
    assert carry_out(inbox, run_id).fetched_until is None
    monkeypatch.undo()
    noon = NOON + dt.timedelta(hours=1)
    release(inbox, fetched_until=noon)
    before = len(inbox.sandbox.requests("/v1/balance_transactions", "GET"))
    done = carry_out(inbox, run_id)
    assert done.fetched_until == done.started_at
    asked = len(inbox.sandbox.requests("/v1/balance_transactions", "GET")) - before
    assert asked == -(-(done.started_at - noon) // recon.STEP)


def test_an_old_day_ends_a_day_after_it(inbox: Inbox) -> None:
    """The days beside it are asked for too, and no more."""
    run_id = plan(inbox, day=YESTERDAY - 9 * DAY)
    assert carry_out(inbox, run_id).fetched_until == NOON - 7.5 * DAY


def test_a_provider_that_does_not_answer(inbox: Inbox) -> None:
    """It goes on later, however long that takes, and what was stored is kept."""
    run_id = plan(inbox)
    inbox.sandbox.fault("500", "/v1/balance_transactions", method="GET", times=2)
    for tries in (1, 2):
        release(inbox, attempts=MAX_ATTEMPTS)
        tried = carry_out(inbox, run_id)
        assert (tried.status, tried.last_error is not None, tried.lease_token) == ("running", True, None), tries
    release(inbox)
    assert carry_out(inbox, run_id).status == "done"


def test_a_crash_is_logged(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    """J12: what is broken on our side is tried again, then it has failed and a person sees it."""
    run_id = plan(inbox)
    inbox.runtime.payments.balance_transactions = lambda *_: [None]  # type: ignore[method-assign]
    assert carry_out(inbox, run_id).status == "running"
    release(inbox, attempts=MAX_ATTEMPTS - 1)
    failed = carry_out(inbox, run_id)
    assert (failed.status, failed.last_error is not None) == ("failed", True)
    assert "could not go on" in caplog.text
    release(inbox)
    assert carry_out(inbox, run_id).attempts == failed.attempts, "not before a person asks"


def test_one_at_a_time(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    """JOB-2, J10: who lost the lease writes nothing."""
    run_id = plan(inbox)

    def overtaken(*_: object) -> list[object]:
        release(inbox)
        with inbox.sessions.begin() as session:
            assert recon.claim(session, run_id, LEASE) is not None
            assert recon.claim(session, run_id, LEASE) is None
        return []

    inbox.runtime.payments.balance_transactions = overtaken  # type: ignore[assignment, method-assign]
    assert carry_out(inbox, run_id).fetched_until is None
    assert "taken this reconciliation over" in caplog.text
    with pytest.raises(LeaseLostError), inbox.sessions.begin() as session:
        recon.pause(session, ReconRun(id=run_id, lease_token=uuid.uuid4()))


def days(inbox: Inbox) -> list[dt.date]:
    """Plan, and the days of US dollars that there are."""
    with inbox.sessions.begin() as session:
        sweeps.reconcile(session)
        return list(session.scalars(sa.select(ReconRun.day).where(DOLLARS).order_by(ReconRun.day)))


def test_every_day_is_planned(inbox: Inbox) -> None:
    """LED-7: yesterday in each currency that has an account there, six hours after its end; and what was left out."""
    assert days(inbox) == days(inbox) == [YESTERDAY]
    with inbox.sessions.begin() as session:
        there = sa.select(LedgerAccount.currency).where(LedgerAccount.kind == AccountKind.PSP_CLEARING)
        assert set(session.scalars(sa.select(ReconRun.currency))) == set(session.scalars(there))
        planned = session.scalars(sa.select(ReconRun).where(DOLLARS)).one()
        due = dt.datetime.combine(YESTERDAY + DAY, dt.time(6), dt.UTC)
        assert (planned.due_since, planned.run_after, planned.queue) == (due, due, "money")
        planned.day = YESTERDAY - 3 * DAY
    assert days(inbox) == [YESTERDAY - ago * DAY for ago in (3, 2, 1, 0)]
    with inbox.sessions.begin() as session:
        session.execute(sa.delete(ReconRun).where(ReconRun.day > YESTERDAY - 3 * DAY))
        session.execute(sa.update(ReconRun).values(day=YESTERDAY - 30 * DAY))
    assert len(days(inbox)) == 1 + 7


def test_the_relay_finds_it(inbox: Inbox) -> None:
    """J2: once a while, and not when it is done."""
    run_id = plan(inbox)
    with inbox.sessions.begin() as session:
        assert recon.due(session, limit=9, again=LEASE) == [("money", run_id)]
        assert recon.due(session, limit=9, again=LEASE) == []
    carry_out(inbox, run_id)
    release(inbox)
    with inbox.sessions.begin() as session:
        assert recon.due(session, limit=9, again=LEASE) == []


def test_a_person_asks_for_it(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """LED-7: from the command line; the money worker does it."""
    monkeypatch.setenv("DATABASE_URL", inbox.runtime.config.database_url.replace("+psycopg", ""))
    monkeypatch.delenv("REDIS_URL", raising=False)
    for _ in range(2):
        answer = CliRunner().invoke(command, ["--day", f"{YESTERDAY}"], catch_exceptions=False)
        assert (answer.exit_code, ", USD" in answer.output) == (0, True)
    with inbox.sessions() as session:
        run = session.scalars(sa.select(ReconRun).where(DOLLARS)).one()
    assert (run.status, run.queue) == (ReconRunStatus.PENDING, "money")


def test_a_day_that_is_not_over(inbox: Inbox) -> None:
    """Refused: half a day differs from itself."""
    with pytest.raises(DomainError, match="not over"), inbox.sessions.begin() as session:
        recon.request(session, now().date())


def test_a_booking_of_another_currency(inbox: Inbox) -> None:
    """M12: what Stripe settled in another currency is found by its id."""
    intent = paid(inbox)
    with inbox.sessions.begin() as session:
        make_booking(session, intent, "90.00", currency="EUR")
    done = carry_out(inbox, plan(inbox, currency="EUR"))
    assert (done.unexplained, done.theirs, done.ours) == (1, Decimal(90), Decimal(0))
    assert results(inbox) == {intent: "currency_differs"}
