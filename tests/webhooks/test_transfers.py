"""Transfers that Stripe tells of: before our own answer is recorded, again, late, and wrong (PAY-8, M4, fault 33)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice import money
from backoffice.actions import registry
from backoffice.permissions import Role
from backoffice.services.payouts import bank, manage, send, take_back
from models import Payout, Transaction
from tests.factories.acting import acting_for
from tests.factories.payouts import make_payout
from tests.factories.users import make_user
from tests.webhooks.support import Inbox

RELEASE = registry.get("payout.release")


@dataclass(frozen=True)
class Sent:
    """A payout whose intention is committed, and the transfer that Stripe made of it."""

    payout: uuid.UUID
    transfer: dict[str, Any]


@pytest.fixture
def sent(inbox: Inbox) -> Sent:
    with inbox.sessions.begin() as session:
        payout = make_payout(session)
        what = send.begin(session, payout, acting=acting_for(make_user(session, Role.FINANCE)))
    transfer = {
        "id": f"tr_{uuid.uuid4().hex}",
        "object": "transfer",
        "amount": money.to_stripe(what.amount, what.currency),
        "amount_reversed": 0,
        "currency": "usd",
        "destination": what.account,
        "metadata": {"payout_id": str(payout.id), "attempt": "1"},
    }
    return Sent(payout.id, transfer)


def left(inbox: Inbox, payout_id: uuid.UUID) -> tuple[str, str | None, list[str]]:
    """Status and transfer of the payout, and its lines in the books."""
    with inbox.sessions() as session:
        payout = session.get_one(Payout, payout_id)
        lines = session.scalars(sa.select(Transaction.status).where(Transaction.payout_id == payout_id))
        return payout.status.value, payout.stripe_transfer_id, [line.value for line in lines]


def test_the_event_comes_before_our_own_answer(inbox: Inbox, sent: Sent) -> None:
    """Fault 33: matched by metadata, recorded once; the worker's own answer then finds it done."""
    event = inbox.take("transfer.created", sent.transfer)
    assert event.status == "processed"
    done = ("completed", sent.transfer["id"], ["completed"])
    assert left(inbox, sent.payout) == done
    assert inbox.take("transfer.created", sent.transfer).status == "ignored"
    with inbox.sessions.begin() as session:
        payout = session.get_one(Payout, sent.payout)
        assert send.resume(session, payout, acting=acting_for(make_user(session, Role.FINANCE))) is None
    assert left(inbox, sent.payout) == done


def test_a_transfer_that_is_not_ours(inbox: Inbox, sent: Sent) -> None:
    """Somebody uses the same Stripe account for other things."""
    for metadata in ({}, {"payout_id": "5", "attempt": "1"}, {"payout_id": str(sent.payout)}, None):
        assert inbox.take("transfer.created", {**sent.transfer, "metadata": metadata}).status == "ignored"
    assert left(inbox, sent.payout) == ("processing", None, [])


@pytest.mark.parametrize("wrong", [{"amount": 1}, {"currency": "eur"}, {"destination": "acct_other"}])
def test_a_transfer_that_is_not_what_was_asked_for(inbox: Inbox, sent: Sent, wrong: dict[str, Any]) -> None:
    """M4: never adopted; a person looks."""
    event = inbox.take("transfer.created", {**sent.transfer, **wrong})
    assert (event.status, left(inbox, sent.payout)) == ("failed", ("processing", None, []))


def test_a_transfer_of_an_attempt_that_was_given_up(inbox: Inbox, sent: Sent) -> None:
    """IDE-2: money left although we say it did not; nothing is overwritten, a person looks."""
    with inbox.sessions.begin() as session:
        payout = session.get_one(Payout, sent.payout, with_for_update=True)
        finance = acting_for(make_user(session, Role.FINANCE))
        refused = send.Refused("not_executed", "")
        send.settle(session, payout, send.sent(session, payout), refused, acting=finance)
        manage.retry(session, payout, acting=finance)
    event = inbox.take("transfer.created", sent.transfer)
    assert event.status == "failed"
    assert event.last_error == "Stripe made this transfer, but the payout is pending here."


def test_an_old_transfer_while_a_later_attempt_is_under_way(inbox: Inbox, sent: Sent) -> None:
    """WEB-2: the books know the first attempt's transfer, so its late event changes nothing."""
    inbox.take("transfer.created", sent.transfer)
    with inbox.sessions.begin() as session:
        payout = session.get_one(Payout, sent.payout)
        payout.attempt, payout.stripe_transfer_id = 2, "tr_second"
    assert inbox.take("transfer.created", sent.transfer).status == "ignored"
    assert left(inbox, sent.payout)[1] == "tr_second"


def test_a_reversal_that_nobody_asked_for(inbox: Inbox, sent: Sent) -> None:
    """Made at Stripe by hand: listed, with the amount; and one of a transfer that nobody knows is parked."""
    back = {**sent.transfer, "amount_reversed": 1250}
    assert inbox.take("transfer.reversed", back).status == "parked"
    inbox.take("transfer.created", sent.transfer)
    event = inbox.take("transfer.reversed", back)
    assert (event.status, str(event.last_error).split(" of ")[0]) == ("failed", "12.50 USD")


def test_a_reversal_of_our_own(inbox: Inbox, sent: Sent) -> None:
    """WEB-2, M7: its intention is in our rows, so its event changes nothing, whenever it comes."""
    inbox.take("transfer.created", sent.transfer)
    with inbox.sessions.begin() as session:
        payout = session.get_one(Payout, sent.payout, with_for_update=True)
        finance = acting_for(make_user(session, Role.FINANCE))
        bank.returned(session, payout, code="account_closed", raw="Closed.", acting=finance)
        take_back.begin(session, payout, acting=finance)
    back = {**sent.transfer, "amount_reversed": sent.transfer["amount"]}
    assert inbox.take("transfer.reversed", back).status == "ignored"
