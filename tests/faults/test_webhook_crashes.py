"""`kill -9` at every named point of the handling of an event: what it tells of is done exactly once (WEB-1, J11)."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.gateways.stripe_events import event_of
from backoffice.jobs.crash_points import EVENT_POINTS, SWEEP_POINTS
from backoffice.services.webhooks import backfill, inbox
from models import Order, Payment, ProviderSweep, Refund, StatusHistory, Transaction, WebhookEvent
from models.refund import RefundStatus
from tests.factories.orders import make_order, make_payment, payment_of
from tests.factories.refunds import make_refund
from tests.factories.webhooks import event_body
from tests.faults.machinery import LEASE, Machinery

pytestmark = pytest.mark.faults

_IN_TIME = (LEASE + 5.0) * 3.0
Record = Callable[[str, object], None]


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event about a row of ours, and how often it was handled."""

    event: uuid.UUID
    order: uuid.UUID


def tell(machinery: Machinery, kind: str, thing: dict[str, Any], order: uuid.UUID, point: str, *, both: bool) -> Told:
    """An event comes in; a death is ordered before its commit wakes a worker."""
    body = event_body(kind, thing)
    with machinery.sessions.begin() as session:
        assert inbox.store(session, event_of(body))
        known = sa.select(WebhookEvent.id).where(WebhookEvent.provider_event_id == body["id"])
        event = session.scalars(known).one()
        machinery.die_at(point, event, both=both, kind=inbox.KIND)
    return Told(event=event, order=order)


def paid(machinery: Machinery, point: str, *, both: bool) -> Told:
    """A payment that succeeded."""
    intent = f"pi_{uuid.uuid4().hex}"
    machinery.sandbox.seed(payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd"}])
    with machinery.sessions.begin() as session:
        order = make_order(session, paid=False)
        make_payment(
            session, order, stripe_payment_intent_id=intent, status="pending", processed_at=None, captured_amount=0
        )
    thing = {"id": intent, "object": "payment_intent"}
    return tell(machinery, "payment_intent.succeeded", thing, order.id, point, both=both)


def came_back(machinery: Machinery, point: str, *, both: bool) -> Told:
    """A refund that fails after it had succeeded."""
    with machinery.sessions.begin() as session:
        order = make_order(session)
        intent = str(payment_of(session, order).stripe_payment_intent_id)
        machinery.sandbox.seed(payment_intents=[{"id": intent, "amount": 10_000, "currency": "usd"}])
        made = machinery.sandbox.client().v1.refunds.create({"payment_intent": intent, "amount": 2_500})
        make_refund(session, order, status=RefundStatus.SUCCEEDED, amount=Decimal(25), stripe_refund_id=made.id)
    machinery.sandbox.happen("refunds", id=made.id, status="failed")
    thing = {"id": made.id, "object": "refund"}
    return tell(machinery, "refund.failed", thing, order.id, point, both=both)


def left(machinery: Machinery, told: Told) -> tuple[Any, ...]:
    """What is left of it: the event, the statuses, the books, the history."""
    with machinery.sessions() as session:
        event = session.get_one(WebhookEvent, told.event)
        payment = session.scalars(sa.select(Payment).where(Payment.order_id == told.order)).one()
        refund = session.scalars(sa.select(Refund.status).where(Refund.order_id == told.order)).one_or_none()
        books = sa.select(Transaction.amount).where(Transaction.order_id == told.order)
        steps = sa.select(sa.func.count()).where(StatusHistory.request_id == event.provider_event_id)
        return (
            event.status.value, session.get_one(Order, told.order).payment_status.value, payment.status.value,
            refund and refund.value, [int(amount) for amount in session.scalars(books)], session.scalar(steps),
        )  # fmt: skip


@pytest.mark.parametrize("both", [False, True], ids=["job", "worker-and-job"])
@pytest.mark.parametrize("point", EVENT_POINTS)
def test_handled_once_whenever_it_dies(
    machinery: Machinery, record_property: Record, point: str, *, both: bool
) -> None:
    """WEB-1, J11, J9: the row waits, another worker takes it up, and one of everything is left."""
    wanted = {
        "payment": ("processed", "paid", "succeeded", None, [100], 4),
        "refund": ("processed", "paid", "succeeded", "failed", [25], 2),
    }
    told = {"payment": paid(machinery, point, both=both), "refund": came_back(machinery, point, both=both)}
    began = time.monotonic()

    def all_over() -> bool:
        died = all(machinery.has_died(point, one.event, inbox.KIND) for one in told.values())
        return died and all(left(machinery, one)[0] == "processed" for one in told.values())

    machinery.wait_until(all_over)
    seconds = time.monotonic() - began
    for name, one in told.items():
        assert left(machinery, one) == wanted[name], name
        killed = "worker and job" if both else "job"
        place = len(EVENT_POINTS) + EVENT_POINTS.index(point) + 1
        record_property("matrix", f"{place:2} {point:25} {killed:15} webhook {name:8} effects 1  {seconds:4.1f} s")
    assert seconds < _IN_TIME


@pytest.mark.parametrize("point", SWEEP_POINTS)
def test_a_backfill_goes_on_whenever_it_dies(machinery: Machinery, point: str) -> None:
    """WEB-3, J11, J16: every event that was not delivered is taken in once, and the round comes to its end."""
    # Nobody listens there, so nothing is delivered.
    machinery.sandbox.webhooks(url="http://127.0.0.1:1/webhooks/stripe", secret="whsec_x")
    intent = f"pi_{uuid.uuid4().hex}"
    machinery.sandbox.happen("payments", id=intent, amount=100, currency="usd")
    with machinery.sessions.begin() as session:
        sweep = session.scalars(sa.select(ProviderSweep)).one()
        machinery.die_at(point, sweep.id, both=False, kind=backfill.KIND)
        backfill.begin_from(session, now() - dt.timedelta(days=1))

    def is_over() -> bool:
        with machinery.sessions() as session:
            row = session.get_one(ProviderSweep, sweep.id)
            return row.round_began_at is None and row.lease_token is None and row.due_since > now()

    machinery.wait_until(lambda: machinery.has_died(point, sweep.id, backfill.KIND) and is_over())
    with machinery.sessions() as session:
        about = sa.select(WebhookEvent.type).where(WebhookEvent.object_id == intent)
        types = session.scalars(about).all()
    assert sorted(types) == ["payment_intent.created", "payment_intent.succeeded"]
