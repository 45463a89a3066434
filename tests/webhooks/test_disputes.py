"""Chargebacks by webhook: the five events in any order and number, and the bank's steps (WEB-4, LED-3, DSP-8)."""

from __future__ import annotations

import random
import uuid
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.services.ledger.verify import verify
from models import Chargeback, Journal, Order
from tests.factories.orders import make_order, payment_of
from tests.services.chargebacks.states import balances, events_of
from tests.webhooks.support import Inbox

KINDS = ("created", "updated", "funds_withdrawn", "funds_reinstated", "closed")
OPENED = {("chargeback_opened", 1), ("chargeback_reserved", 1)}
WON = OPENED | {("chargeback_released", 1), ("chargeback_won", 1)}
LOST = OPENED | {("chargeback_lost", 1)}


def disputed(inbox: Inbox, **how: Any) -> tuple[uuid.UUID, str]:
    """An order of 100.00 whose payment the bank disputes: the order, and the dispute's id."""
    with inbox.sessions.begin() as session:
        order = make_order(session)
        intent = payment_of(session, order).stripe_payment_intent_id
    inbox.sandbox.seed(payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd"}], balance={"usd": 50_000})
    return order.id, inbox.sandbox.happen("disputes", payment_intent=intent, **how)["id"]


def book(inbox: Inbox, order_id: uuid.UUID) -> tuple[str, set[tuple[str, int]], Any]:
    """Where the chargeback is, its journals, and what they come to; the whole book holds."""
    with inbox.sessions() as session:
        order = session.get_one(Order, order_id)
        assert verify(session).complaints == []
        status = session.scalars(sa.select(Chargeback.status).where(Chargeback.order_id == order_id)).one()
        return status.value, events_of(session, order), balances(session)


def test_the_banks_steps_one_by_one(inbox: Inbox) -> None:
    """DSP-8, E9 to E10b: each event as it comes."""
    order_id, dispute = disputed(inbox)
    assert {event.status.value for event in inbox.hear()} == {"processed", "ignored"}
    assert book(inbox, order_id)[:2] == ("needs_response", OPENED)
    inbox.sandbox.client().v1.disputes.update(dispute, {"evidence": {"uncategorized_text": "It came."}, "submit": True})
    inbox.hear()
    assert book(inbox, order_id)[0] == "under_review"
    inbox.sandbox.happen("disputes", id=dispute, status="won", fee_returned=True)
    inbox.hear()
    status, events, sums = book(inbox, order_id)
    assert (status, events, sums) == ("won", WON | {("chargeback_fee", 1)}, {})


def test_the_time_to_answer_is_over(inbox: Inbox) -> None:
    """DSP-8: needs_response to lost, by the provider's word."""
    order_id, dispute = disputed(inbox)
    inbox.hear()
    inbox.sandbox.happen("disputes", id=dispute, status="lost")
    inbox.hear()
    assert book(inbox, order_id)[:2] == ("lost", LOST)


def test_an_inquiry_that_becomes_a_chargeback(inbox: Inbox) -> None:
    """DSP-8: it takes no money before."""
    order_id, dispute = disputed(inbox, status="warning_needs_response")
    inbox.hear()
    assert book(inbox, order_id) == ("warning_needs_response", set(), {})
    inbox.sandbox.happen("disputes", id=dispute, status="needs_response")
    inbox.hear()
    assert book(inbox, order_id)[:2] == ("needs_response", OPENED)


@pytest.mark.parametrize(("end", "journals"), [("won", WON), ("lost", LOST)])
def test_any_order_and_number_of_the_events(inbox: Inbox, end: str, journals: set[tuple[str, int]]) -> None:
    """WEB-4, LED-3: every order of all five, each of them once or again; closed before created is one of them."""
    chance = random.Random(7)
    for order_of_events in chance.sample(list(permutations(KINDS)), 12):
        order_id, dispute = disputed(inbox)
        inbox.sandbox.happen("disputes", id=dispute, status=end)
        twice = [*order_of_events, *chance.choices(order_of_events, k=4)]
        done = [inbox.take(f"charge.dispute.{kind}", {"id": dispute, "object": "dispute"}) for kind in twice]
        assert [event.status.value for event in done] == ["processed", *["ignored"] * (len(twice) - 1)]
        assert book(inbox, order_id)[:2] == (end, journals)


def test_the_events_while_it_happens(inbox: Inbox) -> None:
    """WEB-4: whichever step the provider is at when an event comes, the journals are the same."""
    told = [(kind, step) for kind in KINDS for step in range(3)]
    for seed in range(6):
        order_id, dispute = disputed(inbox)
        steps, chance = iter(("under_review", "won")), random.Random(seed)
        for kind, step in chance.sample(told, len(told)):
            if step == 0 and (status := next(steps, None)):
                inbox.sandbox.happen("disputes", id=dispute, status=status)
            inbox.take(f"charge.dispute.{kind}", {"id": dispute, "object": "dispute"})
        assert book(inbox, order_id)[:2] == ("won", WON)


def test_the_same_event_ten_times(inbox: Inbox) -> None:
    """LED-3: one journal each, also under another event id."""
    order_id, _ = disputed(inbox)
    for _ in range(10):
        inbox.hear()
    with inbox.sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Journal.source_type == "chargebacks")) == 2
        assert session.scalar(sa.select(sa.func.count()).where(Chargeback.order_id == order_id)) == 1


def test_what_is_not_known_waits(inbox: Inbox) -> None:
    """WEB-2: neither a dispute that Stripe does not know nor a payment that we do not is lost."""
    assert inbox.take("charge.dispute.created", {"id": "du_nobody", "object": "dispute"}).status.value == "parked"
    inbox.sandbox.seed(
        payment_intents=[{"id": "pi_of_others", "amount": 10_000, "currency": "usd"}], balance={"usd": 50_000}
    )
    dispute = inbox.sandbox.happen("disputes", payment_intent="pi_of_others")["id"]
    event = inbox.take("charge.dispute.created", {"id": dispute, "object": "dispute"})
    assert (event.status.value, event.last_error) == ("parked", "The disputed payment is not known here yet.")
