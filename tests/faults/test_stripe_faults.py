"""Whatever Stripe and the network do, an operation ends right and with one effect (M4, IDE-2; faults 27 to 32)."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from backoffice.actions.submit import retry_failed
from backoffice.gateways.stripe_payments import StripePayments
from backoffice.services.failures import NOT_EXECUTED
from backoffice.services.leases import MAX_ATTEMPTS
from models import Operation, Payout, PlatformSetting, Refund, Transaction, User, VendorProfile
from tests.factories.acting import acting_for
from tests.faults.decisions import ADDRESS, PAYOUT, REFUND, Decision, decide, once, submit_on, traces
from tests.faults.here import Here

pytestmark = pytest.mark.faults
both = pytest.mark.parametrize("action", [PAYOUT, REFUND])


def again(here: Here, decision: Decision) -> None:
    """The maker asks for another try of what failed or needs attention, and it runs to its end."""
    with here.sessions.begin() as session:
        maker = session.get_one(User, session.get_one(Operation, decision.operation).actor_id)
        retry_failed(session, decision.operation, acting_for(maker))
    here.finish(decision)


@both
@pytest.mark.parametrize(
    "kind", ["drop", "work_drop", "500", "work_500", "hang", "work_hang", "reset", "truncate", "409", "429", "html_502"]
)
def test_a_fault_leads_to_one_effect(here: Here, action: str, kind: str) -> None:
    """M4, IDE-2: nothing done, done and not told, done and told wrong: the same key, and exactly one effect."""
    decision = decide(here, action)
    here.sandbox.fault(kind, ADDRESS[action], seconds=30.0)
    here.run(decision)
    # What hangs goes on after we have given up waiting; its key is taken until then.
    here.sandbox.clear_faults()
    here.skip_pause(decision)
    here.finish(decision)
    assert traces(here, decision) == once(decision)
    assert set(here.keys(decision)) == {decision.key}


@both
def test_many_refusals_for_speed_are_waited_out(here: Here, action: str) -> None:
    """Fault 30: 429 again and again says nothing about the request."""
    decision = decide(here, action)
    here.sandbox.fault("429", ADDRESS[action], times=5)
    assert here.finish(decision) == 6
    assert traces(here, decision) == once(decision)


@both
def test_done_but_not_told_is_adopted_without_sending_again(here: Here, action: str) -> None:
    """IDE-2: a saved 500 whose work is done is found by its metadata."""
    decision = decide(here, action)
    here.sandbox.fault("work_500", ADDRESS[action])
    assert here.finish(decision) == 1
    assert traces(here, decision) == once(decision)
    assert here.keys(decision) == [decision.key]


@both
def test_the_lookup_fails_too(here: Here, action: str) -> None:
    """IDE-2: an answer that cannot be looked up is still unknown, never failed."""
    decision = decide(here, action)
    here.sandbox.fault("work_500", ADDRESS[action])
    here.sandbox.fault("500", ADDRESS[action], method="GET", times=3)
    here.run(decision)
    seen = traces(here, decision)
    assert (seen.status, seen.item, seen.transactions) == ("processing", "queued", [])
    here.skip_pause(decision)
    assert here.finish(decision) == 3
    assert traces(here, decision) == once(decision)


@both
def test_a_saved_500_without_work_waits_for_a_person_and_then_for_a_day(here: Here, action: str) -> None:
    """IDE-2, J12, M5, fault 29: no new key before Stripe has been proven not to have it."""
    decision = decide(here, action)
    here.sandbox.fault("500_saved", ADDRESS[action])
    assert here.finish(decision) == MAX_ATTEMPTS
    seen = traces(here, decision)
    assert (seen.effects, seen.status, seen.item, seen.transactions) == (0, "processing", "needs_attention", [])
    again(here, decision)
    assert traces(here, decision).item == "needs_attention"
    assert set(here.keys(decision)) == {decision.key}
    here.pass_time(decision, 24)
    again(here, decision)
    seen = traces(here, decision)
    assert (seen.effects, seen.status, seen.item, seen.code) == (0, "failed", "failed", NOT_EXECUTED)
    _retry_anew(here, decision)


def _retry_anew(here: Here, decision: Decision) -> None:
    """A failed one goes again when a person says so, as a second attempt under a new key (IDE-1)."""
    if decision.action == PAYOUT:
        here.finish(submit_on(here, "payout.retry", decision.target))
        second = submit_on(here, PAYOUT, decision.target)
    else:
        second = submit_on(here, "refund.retry", decision.target)
    here.finish(second)
    left = traces(here, replace(second, action=decision.action))
    assert (left.effects, left.item, left.transactions) == (1, "succeeded", ["failed", "completed"])
    assert here.keys(decision)[-1] == decision.key[:-1] + "2"


@both
def test_an_old_key_whose_work_is_done_is_found(here: Here, action: str) -> None:
    """M5, fault 32: Stripe has forgotten the key, so the effect is looked up; sending it would have done it twice."""
    decision = decide(here, action)
    here.sandbox.fault("work_drop", ADDRESS[action])
    here.run(decision)
    here.pass_time(decision, 25)
    here.skip_pause(decision)
    here.finish(decision)
    assert traces(here, decision) == once(decision)
    assert here.keys(decision) == [decision.key]


def test_too_little_balance_stops_a_batch_before_its_first_transfer(here: Here) -> None:
    """PAY-7, fault 31: nothing is sent, the payout stays as it is, and once there is money it is released anew."""
    decision = decide(here, PAYOUT)
    here.sandbox.seed(balance={"usd": 0})
    here.finish(decision)
    seen = traces(here, decision)
    assert (seen.effects, seen.status, seen.item, seen.code) == (0, "pending", "refused", "balance_insufficient")
    assert here.keys(decision) == []
    here.sandbox.seed(balance={"usd": 10_000_000})
    here.finish(submit_on(here, "payout.release", decision.target))
    assert traces(here, decision).effects == 1


def test_a_pending_refund_waits_for_a_person(here: Here) -> None:
    """M4, J12: Stripe has it but has not paid it; it stays processing, never failed, and is never sent again."""
    decision = decide(here, REFUND)
    here.sandbox.seed(balance={"usd": 0})
    assert here.finish(decision) == MAX_ATTEMPTS
    seen = traces(here, decision)
    assert (seen.effects, seen.status, seen.item, seen.transactions) == (1, "processing", "needs_attention", [])
    assert here.keys(decision) == [decision.key]


@both
def test_a_failure_seen_by_somebody_else_is_not_sent_again(here: Here, action: str) -> None:
    """IDE-1: while one operation waits to ask again, another person sees it fail; the first then sends nothing new."""
    decision = decide(here, action)
    here.sandbox.fault("drop", ADDRESS[action])
    here.run(decision)
    here.pass_time(decision, 24)
    check = "payout.check" if action == PAYOUT else "refund.check"
    here.finish(submit_on(here, check, decision.target))
    if action == PAYOUT:
        here.finish(submit_on(here, "payout.retry", decision.target))
    here.skip_pause(decision)
    here.finish(decision)
    seen = traces(here, decision)
    assert (seen.effects, seen.item) == (0, "failed")
    assert set(here.keys(decision)) == {decision.key}


@both
def test_the_switch_stops_everything_until_it_is_off(here: Here, action: str) -> None:
    """M15: no request leaves while outgoing money is stopped; afterwards it goes on."""
    decision = decide(here, action)
    _stop(here, stopped=True)
    here.run(decision)
    assert here.keys(decision) == []
    _stop(here, stopped=False)
    here.skip_pause(decision)
    here.finish(decision)
    assert traces(here, decision) == once(decision)


def _stop(here: Here, *, stopped: bool) -> None:
    with here.sessions.begin() as session:
        switch = sa.update(PlatformSetting).where(PlatformSetting.key == "money.outgoing_stopped")
        session.execute(switch.values(value=stopped))


def test_a_retry_sends_what_was_stored(here: Here) -> None:
    """M3: the vendor's account changes between two attempts; the same key goes with the same parameters."""
    decision = decide(here, PAYOUT)
    here.sandbox.fault("drop", ADDRESS[PAYOUT])
    here.run(decision)
    with here.sessions.begin() as session:
        vendor = session.get_one(Payout, decision.target).vendor_id
        changed = sa.update(VendorProfile).where(VendorProfile.vendor_id == vendor)
        session.execute(changed.values(stripe_account_id="acct_1"))
    here.skip_pause(decision)
    here.finish(decision)
    assert traces(here, decision) == once(decision)


def test_no_transaction_is_open_during_a_call(here: Here) -> None:
    """J10: while Stripe keeps us waiting, PostgreSQL does not."""
    decision = decide(here, PAYOUT)
    here.sandbox.fault("hang", ADDRESS[PAYOUT], seconds=0.8)
    running = threading.Thread(target=here.run, args=[decision])
    running.start()
    waiting = f"refused: {decision}"
    for _ in range(100):
        if here.keys(decision):
            waiting = _open_transactions(here)
            break
        time.sleep(0.02)
    running.join()
    assert waiting == ""
    assert traces(here, decision) == once(decision)


def _open_transactions(here: Here) -> str:
    """What the other connections of this database are in the middle of."""
    activity = (
        "SELECT coalesce(string_agg(query, '; '), '') FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
    )
    with here.sessions() as session:
        return str(session.scalar(sa.text(activity)))


def test_a_long_call_is_interrupted_without_harm(here: Here) -> None:
    """Fault 27: the answer comes after our patience is over; what was done is found at the next try."""
    decision = decide(here, REFUND)
    here.runtime.__dict__["payments"] = StripePayments(
        "sk_test_tests", api_base=here.sandbox.url, timeout=(1.0, 0.2), retries=1
    )
    here.sandbox.fault("work_hang", ADDRESS[REFUND], seconds=1.0, times=2)
    here.finish(decision)
    assert traces(here, decision) == once(decision)
    with here.sessions() as session:
        assert session.get_one(Refund, decision.target).stripe_refund_id
        assert len(session.scalars(sa.select(Transaction.id)).all()) == 1
