"""Payouts to vendors' banks: complete, returned, in any order, and matched with ours (PAY-8, PAY-9, PAY-11, WEB-2)."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice import money
from backoffice.gateways.payments import Succeeded
from backoffice.permissions import Role
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts import manage, send, take_back
from models import Notification, Payout, PlatformSetting, Transaction
from tests.factories.acting import acting_for
from tests.factories.payouts import make_payout
from tests.factories.users import make_user
from tests.webhooks.support import Inbox

KINDS = ("payout.created", "payout.paid", "payout.failed")


class Sent:
    """A payout of ours whose transfer Stripe has made, and the payout that Stripe made of it for the bank."""

    def __init__(self, inbox: Inbox, **options: Any) -> None:
        self.inbox = inbox
        with inbox.sessions.begin() as session:
            payout = make_payout(session)
            clerk = acting_for(make_user(session, Role.FINANCE))
            what = send.begin(session, payout, acting=clerk)
        self.id, self.account = payout.id, what.account
        inbox.sandbox.seed(accounts=[{"id": what.account}], balance={"usd": 100_000})
        outcome = send.call(inbox.runtime.payments, what)
        if options.pop("record", True):
            with inbox.sessions.begin() as session:
                row = session.get_one(Payout, payout.id, with_for_update=True)
                send.settle(session, row, what, outcome, acting=clerk)
        self.bank_id = self.pay_out(money.to_stripe(payout.amount, "USD"), **options)

    def pay_out(self, cents: int, **options: Any) -> str:
        """Stripe sends it to the bank, as it does by itself."""
        what: Any = {"amount": cents, "currency": "usd", **options}
        return str(self.inbox.sandbox.client().v1.payouts.create(what, {"stripe_account": self.account}).id)

    def decide(self, status: str, **more: str) -> None:
        """The bank has it, or does not want it."""
        self.inbox.sandbox.happen("payouts", id=self.bank_id, status=status, **more)

    def hear(self, *kinds: str) -> list[Any]:
        return self.inbox.hear(*kinds, account=self.account)

    @property
    def left(self) -> tuple[Any, ...]:
        """Status, bank payout, why it failed, and the books."""
        with self.inbox.sessions() as session:
            row = session.get_one(Payout, self.id)
            lines = sa.select(Transaction.amount).where(Transaction.payout_id == self.id).order_by(Transaction.id)
            amounts = [int(line) for line in session.scalars(lines)]
            return (row.status.value, row.stripe_payout_id, row.failure_code, amounts)


@pytest.fixture
def by_bank(inbox: Inbox) -> None:
    """A payout is complete when the bank has the money."""
    with inbox.sessions.begin() as session:
        setting = sa.update(PlatformSetting).where(PlatformSetting.key == "payouts.complete_on")
        session.execute(setting.values(value="payout"))


@pytest.mark.usefixtures("by_bank")
def test_the_bank_completes_it(inbox: Inbox) -> None:
    """PAY-8: the transfer makes it processing; `payout.paid` makes it complete."""
    sent = Sent(inbox)
    assert sent.left == ("processing", None, None, [-90])
    assert sent.hear("payout.created")[0].outcome == "The money is on its way to the bank."
    sent.decide("paid")
    assert sent.hear("payout.paid")[0].status == "processed"
    assert sent.left == ("completed", sent.bank_id, None, [-90])
    assert {event.status.value for event in sent.hear()} <= {"processed", "ignored"}


def test_the_transfer_completes_it(inbox: Inbox) -> None:
    """PAY-8: with the other setting the bank's news only adds its id."""
    sent = Sent(inbox)
    assert sent.left == ("completed", None, None, [-90])
    sent.decide("paid")
    assert sent.hear("payout.paid")[0].outcome == "The payout is completed already."
    assert sent.left == ("completed", sent.bank_id, None, [-90])


@pytest.mark.usefixtures("by_bank")
@pytest.mark.parametrize("steps", [("failed",), ("paid", "failed")])
def test_the_bank_returns_it(inbox: Inbox, steps: tuple[str, ...]) -> None:
    """PAY-9, PAY-11: before or after it was complete; once in the books, with a code of the closed list, and told."""
    sent = Sent(inbox)
    for step in steps:
        sent.decide(step, **({"failure_code": "account_closed"} if step == "failed" else {}))
        sent.hear()
    sent.hear()
    assert sent.left == ("failed", sent.bank_id, "account_closed", [-90, 90])
    with inbox.sessions() as session:
        told = session.scalars(
            sa.select(Notification.user_id).where(
                Notification.event_key == "payout.returned", Notification.channel == "in_app"
            )
        ).all()
        assert session.get_one(Payout, sent.id).vendor_id in told


@pytest.mark.usefixtures("by_bank")
def test_a_payout_that_was_cancelled_at_stripe(inbox: Inbox) -> None:
    sent = Sent(inbox)
    sent.decide("canceled")
    sent.hear()
    assert sent.left == ("failed", sent.bank_id, "payout_canceled", [-90, 90])


@pytest.mark.usefixtures("by_bank")
def test_every_order_of_events_gives_the_same_end(inbox: Inbox) -> None:
    """WEB-2, M13: created, paid, failed in all six orders, five times each; `payout.paid` after `payout.failed`
    with an older time is ignored."""
    for places in itertools.permutations(range(3)):
        sent = Sent(inbox)
        sent.decide("paid")
        sent.decide("failed")
        bodies = [body for body in inbox.told(sent.account) if body["type"] in KINDS]
        assert [body["type"] for body in bodies] == list(KINDS)
        heard = [inbox.run(inbox.tell(bodies[place])) for place in [place for place in places for _ in range(5)]]
        assert sent.left == ("failed", sent.bank_id, "could_not_process", [-90, 90])
        assert [event.status.value for event in heard] == ["processed"] * 5 + ["ignored"] * 10


@pytest.mark.usefixtures("by_bank")
def test_an_old_answer_does_not_take_back_what_is_known(inbox: Inbox) -> None:
    """WEB-2: a worker asked while the bank had it, and writes after one that asked later."""
    sent = Sent(inbox)
    sent.decide("paid")
    old = inbox.runtime.payments.payout_state(sent.account, sent.bank_id)
    sent.decide("failed")
    sent.hear()
    inbox.runtime.payments.payout_state = lambda *_: old  # type: ignore[method-assign]
    body = {**inbox.told(sent.account)[1], "id": "evt_old"}
    assert inbox.run(inbox.tell(body)).outcome == "The payout is failed already."
    assert sent.left[0] == "failed"


@pytest.mark.usefixtures("by_bank")
def test_the_bank_is_faster_than_our_own_answer(inbox: Inbox) -> None:
    """CHECK completed_has_transfer: waits until the transfer is recorded, by metadata or by the worker."""
    sent = Sent(inbox, record=False)
    sent.decide("paid")
    (early,) = sent.hear("payout.paid")
    assert early.last_error == "The transfer behind this payout is not recorded yet."
    inbox.hear("transfer.created")
    inbox.skip_pause(early.id)
    assert inbox.run(early.id).status == "processed"
    assert sent.left == ("completed", sent.bank_id, None, [-90])


def test_the_bank_returns_it_before_our_own_answer(inbox: Inbox) -> None:
    """PAY-9, LED-1, WEB-2: nothing is undone that is not in the book yet; else the transfer would never get there."""
    sent = Sent(inbox, record=False)
    sent.decide("paid")
    sent.decide("failed", failure_code="account_closed")
    (event,) = sent.hear("payout.failed")
    assert (event.status, sent.left[0]) == ("parked", "processing")
    inbox.hear("transfer.created")
    inbox.skip_pause(event.id)
    assert inbox.run(event.id).status == "processed"
    assert sent.left == ("failed", sent.bank_id, "account_closed", [-90, 90])
    with inbox.sessions.begin() as session:
        assert verify(session).complaints == []


@pytest.mark.usefixtures("by_bank")
def test_found_by_what_we_wrote_into_it(inbox: Inbox) -> None:
    """PAY-8: a payout that we asked for bears our metadata, and needs no guess."""
    first = Sent(inbox)
    metadata = {"payout_id": str(first.id), "attempt": "1"}
    inbox.sandbox.client().v1.transfers.create({"amount": 900, "currency": "usd", "destination": first.account})
    first.bank_id = first.pay_out(900, metadata=metadata)
    first.decide("paid")
    assert first.hear("payout.paid")[0].status == "processed"
    assert first.left[:2] == ("completed", first.bank_id)


@pytest.mark.usefixtures("by_bank")
def test_two_that_look_alike_are_not_guessed(inbox: Inbox) -> None:
    """Two payouts of the same amount to the same account: parked, for a person in the end."""
    first, second = Sent(inbox), Sent(inbox)
    with inbox.sessions.begin() as session:
        one, other = session.get_one(Payout, first.id), session.get_one(Payout, second.id)
        other.destination_account, other.first_sent_at = first.account, one.first_sent_at
    first.decide("paid")
    (event,) = first.hear("payout.paid")
    assert event.last_error == "No payout of ours is the one that Stripe sent to the bank."


@pytest.mark.usefixtures("by_bank")
def test_an_earlier_attempt_says_nothing_about_a_later_one(inbox: Inbox) -> None:
    """PAY-9: news of the first attempt's bank payout, that comes when the second is under way."""
    sent = Sent(inbox)
    sent.decide("failed", failure_code="no_account")
    bodies = [body for body in inbox.told(sent.account) if body["type"] in KINDS]
    inbox.run(inbox.tell(bodies[-1]))
    with inbox.sessions.begin() as session:
        payout = session.get_one(Payout, sent.id, with_for_update=True)
        clerk = acting_for(make_user(session, Role.FINANCE))
        back = take_back.begin(session, payout, acting=clerk)
        assert take_back.settle(session, payout, back, Succeeded("trr_1", "created"), acting=clerk)
        manage.retry(session, payout, acting=clerk)
        send.begin(session, payout, acting=clerk)
        assert (payout.stripe_payout_id, payout.attempt) == (None, 2)
        payout.first_sent_at = session.scalar(sa.text("SELECT now() + interval '1 minute'"))
    assert inbox.run(inbox.tell(bodies[0])).status == "ignored"
    assert sent.left[:3] == ("processing", None, None)


def test_payouts_that_are_not_ours(inbox: Inbox) -> None:
    """Attack 62: the platform's own, another account's, one that Stripe does not know."""
    thing = {"id": "po_1", "object": "payout", "created": 1}
    assert inbox.take("payout.paid", thing).outcome == "This is a payout of the platform itself."
    event = inbox.take("payout.paid", thing, account="acct_1")
    assert (event.status, event.last_error) == ("parked", "Stripe does not know this payout.")
    assert inbox.take("payout.paid", thing, account=f"acct_{uuid.uuid4().hex}").status == "parked"
