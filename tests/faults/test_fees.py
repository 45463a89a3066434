"""Whatever Stripe and the network do, a plan fee is charged once, or its attempt failed once (SUB-5, SUB-7, M3, M4)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.gateways.payments import Refused, Succeeded
from backoffice.jobs import charges as job
from backoffice.jobs import sweeps
from backoffice.services.failures import NOT_EXECUTED
from backoffice.services.leases import LeaseLostError
from backoffice.services.subscriptions import charges, dunning
from backoffice.services.subscriptions.charges import Answer
from models import InvoiceCharge, PlatformSetting, SubscriptionInvoice
from models.invoice_charge import ChargeStatus
from models.subscription_invoice import InvoiceStatus, PaidBy
from tests.faults.fees import (
    ADDRESS,
    INSUFFICIENT,
    PAID,
    SYSTEM,
    Fee,
    finish,
    keys,
    left,
    owe,
    pass_days,
    running,
    skip_pause,
    sweep,
    use_card,
)
from tests.faults.here import Here

pytestmark = pytest.mark.faults
LEASE = dt.timedelta(seconds=30)


def invoice_of(here: Here, fee: Fee) -> SubscriptionInvoice:
    with here.sessions() as session:
        return session.get_one(SubscriptionInvoice, fee.invoice)


def charge_of(here: Here, fee: Fee) -> InvoiceCharge:
    """The newest."""
    with here.sessions() as session:
        query = sa.select(InvoiceCharge).where(InvoiceCharge.invoice_id == fee.invoice)
        return session.scalars(query.order_by(InvoiceCharge.number.desc())).all()[0]


class TestPaid:
    def test_charged_and_posted(self, here: Here) -> None:
        """SUB-7, E13, E2, M3: the key and its parameters are there before the call; the money and its fee after it."""
        fee = owe(here)
        with here.sessions.begin() as session:
            sweeps.collect_fees(session)
        charge = charge_of(here, fee)
        assert (charge.idempotency_key, charge.status) == (f"invoice:{fee.invoice}:1", ChargeStatus.PROCESSING)
        assert charge.request_params == {
            "customer": fee.customer, "payment_method": "pm_card_visa", "amount": "30.0000", "currency": "USD",
        }  # fmt: skip
        assert keys(here, fee) == []
        assert finish(here, fee) == 1
        assert left(here, fee) == PAID
        invoice = invoice_of(here, fee)
        assert (invoice.paid_by, invoice.stripe_payment_intent_id) == (
            PaidBy.CARD, charge_of(here, fee).stripe_payment_intent_id,
        )  # fmt: skip
        assert (sweep(here), running(here, fee)) == (0, None)

    def test_what_is_charged_is_not_charged_beside(self, here: Here) -> None:
        """J16: a second look of the scheduler begins nothing; a second worker has nothing to do."""
        fee = owe(here)
        assert [sweep(here) for _ in range(2)] == [1, 0]
        charge = running(here, fee)
        assert charge is not None
        skip_pause(here, fee)
        with here.sessions.begin() as session:
            found = [charges.due(session, limit=9, again=LEASE) for _ in range(2)]
        assert found == [[("money", charge)], []]
        with here.sessions.begin() as session:
            assert charges.claim(session, charge, LEASE) is not None
        job.run(here.runtime, charge)
        assert keys(here, fee) == []

    def test_the_switch_is_about_outgoing_money(self, here: Here) -> None:
        """M15: money comes in while all that goes out is stopped."""
        fee = owe(here)
        with here.sessions.begin() as session:
            key = PlatformSetting.key == "money.outgoing_stopped"
            session.execute(sa.update(PlatformSetting).where(key).values(value=True))
        sweep(here)
        finish(here, fee)
        assert left(here, fee) == PAID


class TestFaults:
    @pytest.mark.parametrize(
        "kind",
        ["drop", "work_drop", "500", "work_500", "500_saved", "hang", "work_hang", "reset", "truncate", "409", "429",
         "html_502"],
    )  # fmt: skip
    def test_a_fault_leads_to_one_charge(self, here: Here, kind: str) -> None:
        """M4, IDE-2: nothing done, done and not told, done and told wrong: one key and one charge."""
        fee = owe(here)
        sweep(here)
        here.sandbox.fault(kind, ADDRESS, seconds=30.0)
        job.run(here.runtime, running(here, fee))  # type: ignore[arg-type] - it is under way
        here.sandbox.clear_faults()
        if kind == "500_saved":
            # The key answers so for a day; nothing is sent under another before it is known that nothing was done.
            assert (left(here, fee)[2], left(here, fee)[4]) == (["processing"], 0)
            skip_pause(here, fee)
            pass_days(here, fee, 1)
            finish(here, fee)
            assert charge_of(here, fee).failure_code == NOT_EXECUTED
            pass_days(here, fee, 1)
            sweep(here)
            finish(here, fee)
            assert left(here, fee) == ("paid", "active", ["failed", "succeeded"], ["-1.17", "30.00"], 1)
            assert set(keys(here, fee)) == {f"invoice:{fee.invoice}:1", f"invoice:{fee.invoice}:2"}
            return
        if running(here, fee) is not None:
            skip_pause(here, fee)
            finish(here, fee)
        assert left(here, fee) == PAID
        assert set(keys(here, fee)) == {f"invoice:{fee.invoice}:1"}

    def test_an_old_key_that_did_its_work_is_adopted(self, here: Here) -> None:
        """IDE-2: after a day it is looked for, not sent again."""
        fee = owe(here)
        sweep(here)
        here.sandbox.fault("work_drop", ADDRESS)
        job.run(here.runtime, running(here, fee))  # type: ignore[arg-type] - it is under way
        skip_pause(here, fee)
        pass_days(here, fee, 2)
        assert finish(here, fee) == 1
        assert (left(here, fee), len(keys(here, fee))) == (PAID, 1)

    def test_paid_but_the_read_after_it_fails(self, here: Here) -> None:
        """M4: the end is not known until Stripe tells it; the second look finds the charge."""
        fee = owe(here)
        sweep(here)
        here.sandbox.fault("500", "/v1/disputes", method="GET")
        job.run(here.runtime, running(here, fee))  # type: ignore[arg-type] - it is under way
        assert charge_of(here, fee).last_error == "The database or the payment provider could not be asked."
        skip_pause(here, fee)
        finish(here, fee)
        assert (left(here, fee), len(keys(here, fee))) == (PAID, 1)

    def test_paid_but_unknown_to_stripe(self, here: Here) -> None:
        """M4: nothing is recorded before Stripe shows the payment."""
        fee = owe(here)
        sweep(here)
        with here.sessions.begin() as session:
            what = charges.claim(session, running(here, fee), LEASE)  # type: ignore[arg-type] - it is under way
            assert what is not None
            answer = Answer(Succeeded(id="pi_none", status="succeeded"))
            assert not charges.settle(session, what, answer, acting=SYSTEM)
        assert charge_of(here, fee).last_error == "The bank has not decided yet."

    def test_a_crash_of_ours_is_looked_at_again(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        """J12: what was begun does not end in silence."""
        fee = owe(here)
        sweep(here)
        with monkeypatch.context() as broken:
            broken.setattr(job.charges, "settle", lambda *_, **__: 1 / 0)
            job.run(here.runtime, running(here, fee))  # type: ignore[arg-type] - it is under way
        assert "on our side" in str(charge_of(here, fee).last_error)
        skip_pause(here, fee)
        finish(here, fee)
        assert (left(here, fee), len(keys(here, fee))) == (PAID, 1)

    def test_who_has_lost_it_writes_nothing(self, here: Here) -> None:
        """J10: a worker that was slow finds that another has it."""
        fee = owe(here)
        sweep(here)
        with here.sessions.begin() as session:
            mine = charges.claim(session, running(here, fee), LEASE)  # type: ignore[arg-type] - it is under way
        assert mine is not None
        skip_pause(here, fee)
        with here.sessions.begin() as session:
            assert charges.claim(session, mine.charge_id, LEASE) is not None
        late = Answer(Refused(code="card_declined", message="No."))
        with pytest.raises(LeaseLostError), here.sessions.begin() as session:
            charges.settle(session, mine, late, acting=SYSTEM)
        with pytest.raises(LeaseLostError), here.sessions.begin() as session:
            charges.again(session, mine, "Later.")
        skip_pause(here, fee)
        finish(here, fee)
        assert left(here, fee) == PAID

    def test_another_worker_took_it_over_meanwhile(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        """J10: the slow one gives up, without a trace."""
        fee = owe(here)
        sweep(here)
        charge, asked = running(here, fee), charges.call

        def slow(*given: object) -> Answer:
            skip_pause(here, fee)
            with here.sessions.begin() as session:
                assert charges.claim(session, charge, LEASE) is not None  # type: ignore[arg-type] - it is under way
            return asked(*given)  # type: ignore[arg-type] - as the job gives them

        with monkeypatch.context() as waiting:
            waiting.setattr(job.charges, "call", slow)
            job.run(here.runtime, charge)  # type: ignore[arg-type] - it is under way
        assert running(here, fee) == charge
        skip_pause(here, fee)
        finish(here, fee)
        assert (left(here, fee), len(keys(here, fee))) == (PAID, 1)


class TestDeclined:
    @pytest.mark.parametrize(
        ("method", "code", "words"),
        [
            ("pm_card_chargeDeclined", "generic_decline", "The bank declined the card."),
            (INSUFFICIENT, "insufficient_funds", "There is not enough money behind the card."),
            ("pm_card_authenticationRequired", "authentication_required", "The bank wants to see who pays"),
        ],
    )
    def test_a_step_of_dunning(self, here: Here, method: str, code: str, words: str) -> None:
        """SUB-5, M4: one attempt is used up, once; the next has its day and a key of its own."""
        fee = owe(here, method)
        sweep(here)
        assert finish(here, fee) == 1
        charge, invoice = charge_of(here, fee), invoice_of(here, fee)
        assert (charge.failure_code, charge.stripe_payment_intent_id) == (code, None)
        assert str(charge.failure_reason).startswith(words)
        assert (invoice.attempts, invoice.dunning_step, invoice.last_failure) == (1, 1, charge.failure_reason)
        assert invoice.next_attempt_at == invoice.issued_at + dt.timedelta(days=1)
        assert (sweep(here), left(here, fee)) == (0, ("open", "active", ["failed"], [], 0))
        use_card(here, fee, "pm_card_visa")
        pass_days(here, fee, 1)
        sweep(here)
        finish(here, fee)
        assert keys(here, fee) == [f"invoice:{fee.invoice}:1", f"invoice:{fee.invoice}:2"]
        assert left(here, fee) == ("paid", "active", ["failed", "succeeded"], ["-1.17", "30.00"], 1)

    @pytest.mark.parametrize(
        ("method", "plan", "why"),
        [
            (None, {}, "There is no card to charge."),
            ("pm_card_visa", {"currency": "KWD", "monthly_price": Decimal("30.001")}, "three decimals"),
        ],
    )
    def test_what_cannot_be_tried_has_failed(self, here: Here, method: str | None, plan: dict, why: str) -> None:
        """SUB-5, MON-3: without a card, or with an amount that Stripe cannot carry, the schedule goes on."""
        fee = owe(here, method, **plan)
        assert (sweep(here), running(here, fee)) == (1, None)
        invoice = invoice_of(here, fee)
        assert (invoice.attempts, invoice.status) == (1, InvoiceStatus.OPEN)
        assert invoice.last_failure
        if method is None:
            assert invoice.last_failure == why

    def test_suspended_after_the_last_until_another_card_pays(self, here: Here) -> None:
        """SUB-5: five attempts, each once; a new card ends it."""
        fee = owe(here, INSUFFICIENT)
        for _ in range(5):
            sweep(here)
            finish(here, fee)
            pass_days(here, fee, 8)
        assert left(here, fee)[:3] == ("open", "suspended", ["failed"] * 5)
        assert sweep(here) == 0
        use_card(here, fee, "pm_card_visa")
        with here.sessions.begin() as session:
            assert dunning.method_changed(session, fee.vendor, now=now()) == 1
        sweep(here)
        with here.sessions.begin() as session:
            assert dunning.method_changed(session, fee.vendor, now=now()) == 0, "it is charged already"
        finish(here, fee)
        assert left(here, fee)[:2] == ("paid", "active")

    def test_another_card_while_the_old_one_was_charged(self, here: Here) -> None:
        """SUB-5: the attempt that failed was the old card's; the new one is tried at once."""
        fee = owe(here, INSUFFICIENT)
        sweep(here)
        use_card(here, fee, "pm_card_visa")
        finish(here, fee)
        assert sweep(here) == 1
        finish(here, fee)
        assert left(here, fee) == ("paid", "active", ["failed", "succeeded"], ["-1.17", "30.00"], 1)
