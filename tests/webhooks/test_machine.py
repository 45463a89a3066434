"""The life of an event: claimed once, tried again, given up visibly, and replayed (WEB-1, WEB-2, WEB-4, JOB-2, J12)."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from backoffice.errors import DomainError
from backoffice.gateways.payments import PaymentsUnavailableError
from backoffice.services import leases
from backoffice.services.leases import MAX_ATTEMPTS, LeaseLostError
from backoffice.services.webhooks import handle, registry
from backoffice.services.webhooks import inbox as intake
from backoffice.services.webhooks.handler import Handler, Result, processed
from models import StatusHistory, WebhookEvent
from models.webhook_event import WebhookEventStatus as Status
from tests.webhooks.support import Inbox

LEASE = dt.timedelta(seconds=30)
UNKNOWN = {"id": "tr_1", "object": "transfer", "metadata": {"payout_id": str(uuid.uuid4()), "attempt": "1"}}


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Result]], None]:
    """Makes events of the type `test.handled` do what is given."""

    def with_handler(what: Callable[[], Result]) -> None:
        handler = Handler(types=("test.handled",), apply=lambda *_: what())
        known = {**registry.HANDLERS, (handler.provider, "test.handled"): handler}
        monkeypatch.setattr(registry, "HANDLERS", known)

    return with_handler


def raising(error: Exception) -> Callable[[], Result]:
    def apply() -> Result:
        raise error

    return apply


def test_a_type_without_a_handler_is_ignored_visibly(inbox: Inbox) -> None:
    """WEB-4, attack 62."""
    event = inbox.take("invoiceitem.created")
    assert (event.status, event.outcome) == ("ignored", "Nothing here follows from events of this type.")
    assert event.processed_at
    assert event.lease_token is None


def test_an_object_that_nobody_knows_is_parked_then_listed(inbox: Inbox) -> None:
    """WEB-2, attack 62: parked, tried again for three days, then failed; never dropped."""
    event = inbox.take("transfer.created", UNKNOWN)
    assert (event.status, event.attempts) == ("parked", 1)
    assert event.last_error == "No payout of ours is the one that this transfer names."
    assert event.due_since > event.created_at
    assert inbox.run(event.id).attempts == 1, "not before its time"
    inbox.skip_pause(event.id)
    assert (inbox.run(event.id).status, inbox.get(event.id).attempts) == ("parked", 2)
    inbox.skip_pause(event.id, days=3)
    failed = inbox.run(event.id)
    assert (failed.status, failed.last_error) == ("failed", f"{event.last_error} Tried for 3 days.")
    assert inbox.run(event.id).attempts == 3, "nothing more happens by itself"
    with inbox.sessions() as session:
        steps = sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == event.id)
        assert session.scalars(steps.order_by(StatusHistory.id)).all() == ["parked", "pending", "failed"]


def test_one_that_could_be_handled_in_the_end(inbox: Inbox, handled) -> None:
    """WEB-2: what was parked is processed when what it is about is there."""
    parked = Result(status=Status.PARKED, message="Not yet.")
    results = [parked, processed("Done.")]
    handled(lambda: results.pop(0))
    event = inbox.take("test.handled")
    inbox.skip_pause(event.id)
    assert (inbox.run(event.id).status, inbox.get(event.id).outcome) == ("processed", "Done.")


def test_a_crash_of_the_handler_loses_nothing(inbox: Inbox, handled, caplog) -> None:
    """WEB-1: the row is still pending and is tried again; after eight times a person must look (J12)."""
    handled(raising(RuntimeError("broken")))
    event = inbox.take("test.handled")
    assert (event.status, event.attempts, event.lease_token) == ("pending", 1, None)
    assert event.due_since > event.created_at
    assert "could not be handled" in caplog.text
    for _ in range(MAX_ATTEMPTS - 1):
        inbox.skip_pause(event.id)
        event = inbox.run(event.id)
    assert (event.status, event.attempts) == ("failed", MAX_ATTEMPTS)
    assert str(event.last_error).endswith("Tried 8 times.")


def test_a_provider_that_does_not_answer_is_waited_for(inbox: Inbox, handled) -> None:
    """WEB-2: for three days, however many tries that takes."""
    handled(raising(PaymentsUnavailableError("away")))
    event = inbox.take("test.handled")
    for _ in range(MAX_ATTEMPTS):
        inbox.skip_pause(event.id)
        event = inbox.run(event.id)
    assert (event.status, event.attempts) == ("pending", MAX_ATTEMPTS + 1)
    inbox.skip_pause(event.id, days=3)
    assert inbox.run(event.id).status == "failed"


def test_a_rule_that_says_no_is_for_a_person(inbox: Inbox, handled) -> None:
    """What a rule refuses is refused tomorrow too: failed at once, with the rule's sentence."""
    handled(raising(DomainError("It is not what was asked for.")))
    event = inbox.take("test.handled")
    assert (event.status, event.last_error) == ("failed", "It is not what was asked for.")


def test_the_same_event_by_many_workers(inbox: Inbox, handled) -> None:
    """JOB-2, J9: handled once, however often it is delivered to workers at the same time."""
    done: list[int] = []
    handled(lambda: done.append(1) or processed("Done."))
    event_id = inbox.add("test.handled")
    threads = [threading.Thread(target=inbox.run, args=[event_id]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inbox.run(event_id)
    assert len(done) == 1


def test_a_worker_that_was_overtaken_writes_nothing(inbox: Inbox, handled, caplog) -> None:
    """J10: the lease was lost while it worked."""

    def overtaken() -> Result:
        raise LeaseLostError

    handled(overtaken)
    event_id = inbox.add("test.handled")
    assert inbox.run(event_id).status == "pending"
    assert "taken this event over" in caplog.text
    with inbox.sessions.begin() as session:
        event = session.get_one(WebhookEvent, event_id)
        session.expunge(event)
        event.lease_token = uuid.uuid4()
        with pytest.raises(LeaseLostError):
            leases.held(session, event)


def test_one_that_kills_its_worker_is_given_to_a_person(inbox: Inbox) -> None:
    """J12, fault 40: a worker died over it, again and again."""
    event_id = inbox.add("transfer.created", UNKNOWN)
    for _ in range(MAX_ATTEMPTS):
        with inbox.sessions.begin() as session:
            assert handle.claim(session, event_id, dt.timedelta(seconds=-1)) is not None
    with inbox.sessions.begin() as session:
        assert handle.claim(session, event_id, LEASE) is None
    assert (inbox.get(event_id).status, inbox.get(event_id).attempts) == ("failed", MAX_ATTEMPTS)


def test_what_is_due_is_found(inbox: Inbox) -> None:
    """J2, J3: pending and parked ones whose time has come, each once a while; not what is held or over."""
    due, over = inbox.add("x"), inbox.add("x")
    inbox.run(over)
    with inbox.sessions.begin() as session:
        assert handle.due(session, limit=9, again=LEASE) == [("default", due)]
        assert handle.due(session, limit=9, again=LEASE) == []
    assert inbox.run(due).status == "ignored", "a wake of the relay does not put it off"


def test_old_events_are_deleted_but_not_those_that_wait(inbox: Inbox) -> None:
    """Only what came to its end 90 days ago."""
    waiting, old, new = inbox.add("x"), inbox.add("x"), inbox.add("x")
    inbox.run(old)
    inbox.run(new)
    with inbox.sessions.begin() as session:
        earlier = WebhookEvent.created_at - dt.timedelta(days=91)
        session.execute(sa.update(WebhookEvent).where(WebhookEvent.id.in_([waiting, old])).values(created_at=earlier))
        intake.prune(session)
        assert set(session.scalars(sa.select(WebhookEvent.id))) == {waiting, new}
