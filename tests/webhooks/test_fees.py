"""Plan fees by card: what Stripe tells of them before, after and instead of its answer, and of another card (SUB-5)."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.jobs import charges as job
from backoffice.permissions import Role
from backoffice.services.subscriptions import invoices
from models import Notification, SubscriptionInvoice, VendorProfile
from models.subscription_invoice import InvoiceStatus, PaidBy
from tests.factories import make_user
from tests.faults.fees import ADDRESS, INSUFFICIENT, PAID, Fee, finish, keys, left, owe, running, skip_pause, sweep
from tests.webhooks.support import Inbox

SUCCEEDED, FAILED = "payment_intent.succeeded", "payment_intent.payment_failed"


def asked(inbox: Inbox, fee: Fee) -> uuid.UUID:
    """Stripe charges the card, and its answer is lost."""
    sweep(inbox)
    charge = running(inbox, fee)
    assert charge is not None
    inbox.sandbox.fault("work_drop", ADDRESS)
    job.run(inbox.runtime, charge)
    inbox.sandbox.clear_faults()
    return charge


def test_told_before_our_answer(inbox: Inbox) -> None:
    """SUB-7, WEB-2: the event pays the invoice; the worker that comes back finds nothing to do."""
    fee = owe(inbox)
    charge = asked(inbox, fee)
    (event,) = inbox.hear(SUCCEEDED)
    assert (event.status, event.outcome) == ("processed", "30.00 USD were paid by card for a plan.")
    assert left(inbox, fee) == PAID
    skip_pause(inbox, fee)
    job.run(inbox.runtime, charge)
    assert (left(inbox, fee), len(keys(inbox, fee))) == (PAID, 1)


def test_told_while_we_wait_for_the_answer(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """WEB-2, J10: the answer comes after the event, to a worker that still has the charge."""
    fee = owe(inbox)
    sweep(inbox)
    charge, call = running(inbox, fee), job.charges.call

    def slow(*given: Any) -> Any:
        answer = call(*given)
        assert inbox.hear(SUCCEEDED)[0].status == "processed"
        return answer

    monkeypatch.setattr(job.charges, "call", slow)
    job.run(inbox.runtime, charge)  # type: ignore[arg-type] - it is under way
    assert left(inbox, fee) == PAID


@pytest.mark.parametrize(
    "order", list(itertools.permutations(("answer", SUCCEEDED, "charge.updated", SUCCEEDED), 4))[:6]
)
def test_any_order_and_twice(inbox: Inbox, order: tuple[str, ...]) -> None:
    """WEB-2: one payment of the invoice, one fee, whatever comes when."""
    fee = owe(inbox)
    asked(inbox, fee)
    [intent] = inbox.sandbox.client().v1.payment_intents.list({"customer": fee.customer}).data
    things = {
        SUCCEEDED: {"id": intent.id, "object": "payment_intent"},
        "charge.updated": {"id": str(intent.latest_charge), "object": "charge", "payment_intent": intent.id},
    }
    for step in order:
        if step == "answer":
            skip_pause(inbox, fee)
            if running(inbox, fee):
                finish(inbox, fee)
        else:
            assert inbox.take(step, things[step]).status in {"processed", "ignored"}
    assert left(inbox, fee) == PAID


def test_a_decline_is_told(inbox: Inbox) -> None:
    """SUB-5: one step of dunning, whether event or answer comes first; old news of it changes nothing later."""
    fee = owe(inbox, INSUFFICIENT)
    asked(inbox, fee)
    (event,) = inbox.hear(FAILED)
    assert (event.status, event.outcome) == ("processed", "The card was not charged.")
    assert left(inbox, fee) == ("open", "active", ["failed"], [], 0)
    thing = {"id": event.object_id, "object": "payment_intent"}
    assert inbox.take(FAILED, thing).status == "ignored"
    with inbox.sessions() as session:
        invoice = session.get_one(SubscriptionInvoice, fee.invoice)
        assert (invoice.attempts, invoice.dunning_step) == (1, 1)


def test_one_that_waits_is_looked_at_again(inbox: Inbox) -> None:
    """M4: an intent that may still be paid is neither paid nor failed, and nothing else is sent."""
    fee = owe(inbox)
    sweep(inbox)
    charge = running(inbox, fee)
    sent: Any = {"amount": 3000, "currency": "usd", "customer": fee.customer, "confirm": True}
    sent |= {"payment_method": "pm_card_authenticationRequired", "metadata": {"invoice_charge_id": str(charge)}}
    intent = inbox.sandbox.client().v1.payment_intents.create(sent)
    inbox.sandbox.fault("drop", ADDRESS)
    for _ in range(2):
        job.run(inbox.runtime, charge)  # type: ignore[arg-type] - it is under way
        skip_pause(inbox, fee)
    with inbox.sessions() as session:
        waits = session.get_one(job.charges.InvoiceCharge, charge)
        assert (waits.status.value, waits.last_error) == ("processing", "The bank has not decided yet.")
    thing = {"id": intent.id, "object": "payment_intent"}
    assert inbox.take("payment_intent.succeeded", thing).outcome == "The charge is where Stripe has it already."
    inbox.sandbox.happen("payments", id=intent.id, status="succeeded")
    finish(inbox, fee)
    assert left(inbox, fee) == PAID


def test_money_after_the_attempt_had_failed(inbox: Inbox) -> None:
    """SUB-5, B12: the intent that was declined is paid after all; also an invoice that was given up."""
    fee = owe(inbox, INSUFFICIENT)
    sweep(inbox)
    finish(inbox, fee)
    give_up(inbox, fee)
    paid_late(inbox, fee)
    (event,) = inbox.hear(SUCCEEDED)
    assert event.status == "processed"
    assert left(inbox, fee) == PAID


def test_money_for_nothing_is_for_a_person(inbox: Inbox) -> None:
    """M12: the invoice was paid otherwise meanwhile; finance is told once, the book stays as it is."""
    fee = owe(inbox, INSUFFICIENT)
    sweep(inbox)
    finish(inbox, fee)
    with inbox.sessions.begin() as session:
        clerk = make_user(session, Role.FINANCE).id
        invoice = session.get_one(SubscriptionInvoice, fee.invoice, with_for_update=True)
        pay_from_balance(session, invoice)
    paid_late(inbox, fee)
    inbox.hear(SUCCEEDED, "charge.updated")
    inbox.take(SUCCEEDED, {"id": inbox.told()[-1]["data"]["object"]["id"], "object": "payment_intent"})
    assert left(inbox, fee) == ("paid", "active", ["succeeded"], [], 1)
    with inbox.sessions() as session:
        told = session.scalars(sa.select(Notification).where(Notification.event_key == "subscription.charged_in_vain"))
        assert [one.user_id for one in told] == [clerk]


@pytest.mark.parametrize("name", [{}, {"invoice_charge_id": "7"}, {"invoice_charge_id": str(uuid.uuid4())}])
def test_somebody_elses_payment(inbox: Inbox, name: dict[str, str]) -> None:
    """WEB-2: a payment that is no charge of ours waits as ever."""
    intent = inbox.sandbox.happen("payments", amount=100, currency="usd", metadata=name)["id"]
    assert inbox.take(SUCCEEDED, {"id": intent, "object": "payment_intent"}).status == "parked"


class TestAnotherCard:
    def test_what_is_unpaid_is_tried_with_it(self, inbox: Inbox) -> None:
        """SUB-5: at once, beside the schedule, once."""
        fee = owe(inbox, INSUFFICIENT)
        sweep(inbox)
        finish(inbox, fee)
        assert sweep(inbox) == 0
        choose(inbox, fee, "pm_card_visa")
        first, again = (inbox.hear("customer.updated")[-1] for _ in range(2))
        assert first.outcome == "The vendor has another card; unpaid invoices that are tried with it: 1."
        assert again.status == "processed"
        assert sweep(inbox) == 1
        finish(inbox, fee)
        assert left(inbox, fee)[:2] == ("paid", "active")
        assert profile(inbox, fee).stripe_payment_method_id == "pm_card_visa"

    def test_old_news_changes_nothing(self, inbox: Inbox) -> None:
        """WEB-2: the card is asked for, not taken from the event."""
        fee = owe(inbox, INSUFFICIENT)
        event = inbox.take("customer.updated", {"id": fee.customer, "object": "customer"})
        assert (event.status, event.outcome) == ("ignored", "It is the card that we know.")

    def test_no_card_any_more(self, inbox: Inbox) -> None:
        fee = owe(inbox)
        choose(inbox, fee, "")
        assert inbox.hear("customer.updated")[-1].outcome == "The vendor has no card any more."
        assert profile(inbox, fee).stripe_payment_method_id is None

    @pytest.mark.parametrize("ours", [True, False])
    def test_customers_that_are_not_known(self, inbox: Inbox, *, ours: bool) -> None:
        """WEB-4: shoppers are customers too, and none of ours; one that Stripe does not know waits."""
        fee = owe(inbox)
        inbox.sandbox.reset()
        name = fee.customer if ours else "cus_shopper"
        event = inbox.take("customer.updated", {"id": name, "object": "customer"})
        assert event.status == ("parked" if ours else "ignored")


def choose(inbox: Inbox, fee: Fee, method: str) -> None:
    card: Any = {"invoice_settings": {"default_payment_method": method}}
    inbox.sandbox.client().v1.customers.update(fee.customer, card)


def profile(inbox: Inbox, fee: Fee) -> VendorProfile:
    with inbox.sessions() as session:
        return session.scalars(sa.select(VendorProfile).where(VendorProfile.vendor_id == fee.vendor)).one()


def paid_late(inbox: Inbox, fee: Fee) -> None:
    """Somebody pays the intent that was declined."""
    intents = inbox.sandbox.client().v1.payment_intents
    [made] = intents.list({"customer": fee.customer}).data
    intents.confirm(made.id, {"payment_method": "pm_card_visa"})


def give_up(inbox: Inbox, fee: Fee) -> None:
    with inbox.sessions.begin() as session:
        invoice = session.get_one(SubscriptionInvoice, fee.invoice)
        invoices.move(session, invoice, InvoiceStatus.UNCOLLECTIBLE, acting=Acting.system(), actor=Actor.SYSTEM)


def pay_from_balance(session: Session, invoice: SubscriptionInvoice) -> None:
    moment = invoice.issued_at
    invoices.pay(session, invoice, paid_by=PaidBy.BALANCE, now=moment, acting=Acting.system())
