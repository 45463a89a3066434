"""What nobody told us: events that were not delivered, and ends that are asked about (WEB-3, PAY-10, J16)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from backoffice.cli.webhooks import command
from backoffice.clock import NOW, now
from backoffice.jobs import limits, provider_sweeps
from backoffice.services.leases import LeaseLostError
from backoffice.services.webhooks import backfill, polling
from models import Payment, Payout, PlatformSetting, ProviderSweep, Refund, WebhookEvent
from tests.factories.orders import make_order, make_payment
from tests.factories.users import make_vendor
from tests.webhooks.support import Inbox
from tests.webhooks.test_payouts import Sent
from tests.webhooks.test_refunds import sent as sent_refund

LEASE = dt.timedelta(seconds=30)
#: Nobody listens here, so nothing is delivered.
NOWHERE = "http://127.0.0.1:1/webhooks/stripe"


@pytest.fixture(autouse=True)
def due(inbox: Inbox) -> None:
    """A day has passed since the migrations."""
    release(inbox)


@pytest.fixture
def deaf(inbox: Inbox) -> Inbox:
    """Stripe sends its events to an endpoint that is down."""
    inbox.sandbox.webhooks(url=NOWHERE, secret="whsec_x")
    return inbox


def sweep_of(inbox: Inbox) -> ProviderSweep:
    with inbox.sessions() as session:
        return session.scalars(sa.select(ProviderSweep)).one()


def run(inbox: Inbox) -> ProviderSweep:
    """What one wake does, and the sweep afterwards."""
    provider_sweeps.run(inbox.runtime, sweep_of(inbox).id)
    return sweep_of(inbox)


def types(inbox: Inbox) -> set[str]:
    with inbox.sessions() as session:
        return set(session.scalars(sa.select(WebhookEvent.type)))


def count(inbox: Inbox) -> int:
    with inbox.sessions() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(WebhookEvent)) or 0


def test_what_was_not_delivered_is_taken_in(deaf: Inbox) -> None:
    """WEB-3: of the platform and of a vendor's account; once, however often it is asked for; the next a day later."""
    with deaf.sessions.begin() as session:
        make_vendor(session, profile={"stripe_account_id": "acct_1"})
    deaf.sandbox.happen("payments", id="pi_new", amount=100, currency="usd")
    deaf.sandbox.happen("accounts", id="acct_1", payouts_enabled=False)
    done = run(deaf)
    assert types(deaf) >= {"payment_intent.succeeded", "account.updated"}
    assert (done.attempts, done.position, done.round_began_at, done.last_error) == (0, None, None, None)
    assert done.covered_until is not None
    assert done.due_since - done.finished_at == backfill.PERIOD
    before = count(deaf)
    assert run(deaf).finished_at == done.finished_at, "not before its time"
    with deaf.sessions.begin() as session:
        backfill.begin_from(session, now() - dt.timedelta(days=60))
    assert backfill.since(claimed(deaf)) > now() - dt.timedelta(days=31)
    release(deaf)
    run(deaf)
    assert count(deaf) == before


def claimed(inbox: Inbox) -> ProviderSweep:
    with inbox.sessions.begin() as session:
        sweep = backfill.claim(session, sweep_of(inbox).id, LEASE)
        assert sweep is not None
        return sweep


def release(inbox: Inbox) -> None:
    with inbox.sessions.begin() as session:
        session.execute(sa.update(ProviderSweep).values(leased_until=None, due_since=NOW, run_after=NOW))


def test_only_what_is_new_since_the_last_round(inbox: Inbox) -> None:
    """A round begins a little before the last one did."""
    run(inbox)
    covered = sweep_of(inbox).covered_until
    release(inbox)
    assert covered is not None
    assert covered - backfill.since(claimed(inbox)) == dt.timedelta(minutes=10)


def test_one_at_a_time(inbox: Inbox) -> None:
    """JOB-2, J10: who lost the lease writes nothing."""
    mine = claimed(inbox)
    with inbox.sessions.begin() as session:
        assert backfill.claim(session, mine.id, LEASE) is None
    release(inbox)
    claimed(inbox)
    with pytest.raises(LeaseLostError), inbox.sessions.begin() as session:
        backfill.finish(session, mine)


def test_a_provider_that_does_not_answer(inbox: Inbox) -> None:
    """The round goes on later, and nothing counts as covered."""
    inbox.sandbox.fault("500", "/v1/events", method="GET", times=5)
    tried = run(inbox)
    assert (tried.last_error is not None, tried.covered_until, tried.lease_token) == (True, None, None)
    inbox.sandbox.clear_faults()
    release(inbox)
    assert run(inbox).covered_until is not None


def test_a_crash_is_logged(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    """What is broken on our side is put off as well, with its traceback."""
    inbox.runtime.payments.undelivered_events = lambda *_: [{"id": "evt_1"}]  # type: ignore[method-assign]
    assert run(inbox).last_error
    assert "could not go on" in caplog.text


def test_a_worker_that_was_overtaken_writes_nothing(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    """J10: its lease ran out while it waited for Stripe, and another worker goes on."""

    def overtaken(*_: object) -> list[dict[str, object]]:
        release(inbox)
        claimed(inbox)
        return []

    inbox.runtime.payments.undelivered_events = overtaken  # type: ignore[method-assign]
    assert run(inbox).covered_until is None
    assert "taken this sweep over" in caplog.text


def test_a_round_of_several_runs(deaf: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into a slice goes on where it stopped; so it does when the worker is asked to end (J17)."""
    with deaf.sessions.begin() as session:
        for name in ("acct_1", "acct_2"):
            make_vendor(session, profile={"stripe_account_id": name})
    deaf.sandbox.seed(accounts=[{"id": "acct_2"}])
    deaf.sandbox.happen("accounts", id="acct_2", payouts_enabled=False)
    deaf.runtime.stopping = True
    paused = run(deaf)
    assert (paused.position, paused.round_began_at is not None, paused.lease_token) == (None, True, None)
    deaf.runtime.stopping = False
    with deaf.sessions.begin() as session:
        row = session.scalars(sa.select(ProviderSweep)).one()
        row.position = "acct_1"
    monkeypatch.setattr(limits, "SLICE", -1.0)
    assert run(deaf).position == "acct_1"
    monkeypatch.undo()
    done = run(deaf)
    assert (done.position, done.covered_until) == (None, paused.round_began_at)
    assert types(deaf) == {"account.updated"}


def test_the_relay_finds_it(inbox: Inbox) -> None:
    """J2: due from the start, and once a while."""
    with inbox.sessions.begin() as session:
        found = backfill.due(session, limit=9, again=LEASE)
        assert found == [("money", sweep_of(inbox).id)]
        assert backfill.due(session, limit=9, again=LEASE) == []


def test_a_person_asks_for_it(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """WEB-3: after an outage, from the command line; the money worker does it."""
    run(inbox)
    monkeypatch.setenv("DATABASE_URL", inbox.runtime.config.database_url.replace("+psycopg", ""))
    monkeypatch.delenv("REDIS_URL", raising=False)
    answer = CliRunner().invoke(command, ["backfill", "--since", "2026-11-01"], catch_exceptions=False)
    assert (answer.exit_code, "money worker" in answer.output) == (0, True)
    sweep = sweep_of(inbox)
    assert sweep.covered_until == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert sweep.due_since <= now()


def ask(inbox: Inbox, times: int = 2) -> list[uuid.UUID]:
    """Poll, and the entries that it made."""
    with inbox.sessions.begin() as session:
        for _ in range(times):
            polling.ask(session)
        made = sa.select(WebhookEvent.id).where(WebhookEvent.type.like("%.polled"))
        return list(session.scalars(made))


def test_a_payout_whose_end_nobody_told_us(inbox: Inbox) -> None:
    """PAY-10: asked about two days after it was sent, once a day, and never made anew."""
    with inbox.sessions.begin() as session:
        setting = sa.update(PlatformSetting).where(PlatformSetting.key == "payouts.complete_on")
        session.execute(setting.values(value="payout"))
    sent = Sent(inbox)
    sent.hear("payout.created")
    sent.decide("paid")
    assert ask(inbox) == []
    with inbox.sessions.begin() as session:
        row = session.get_one(Payout, sent.id)
        row.first_sent_at = row.first_sent_at - dt.timedelta(days=2)
    transfers = len(inbox.sandbox.effects("transfer.created"))
    (entry,) = ask(inbox)
    assert inbox.run(entry).status == "processed"
    assert sent.left == ("completed", sent.bank_id, None, [-90])
    assert ask(inbox) == [entry]
    assert len(inbox.sandbox.effects("transfer.created")) == transfers


def test_a_refund_whose_end_nobody_told_us(inbox: Inbox) -> None:
    """WEB-3."""
    refund_id, stripe_id = sent_refund(inbox, funds=0)
    inbox.sandbox.happen("refunds", id=stripe_id, status="succeeded")
    (entry,) = ask(inbox)
    event = inbox.run(entry)
    assert (event.status, event.queue, event.livemode) == ("processed", "money", None)
    with inbox.sessions() as session:
        assert session.get_one(Refund, refund_id).status == "succeeded"


def test_a_payment_whose_end_nobody_told_us(inbox: Inbox) -> None:
    """WEB-3."""
    with inbox.sessions.begin() as session:
        order = make_order(session, paid=False)
        payment = make_payment(
            session, order, stripe_payment_intent_id="pi_1", status="pending", processed_at=None, captured_amount=0
        )
    assert ask(inbox) == []
    with inbox.sessions.begin() as session:
        session.get_one(Payment, payment.id).created_at = now() - dt.timedelta(days=3)
    (entry,) = ask(inbox)
    assert inbox.run(entry).status == "processed"
    with inbox.sessions() as session:
        assert session.get_one(Payment, payment.id).status == "succeeded"
