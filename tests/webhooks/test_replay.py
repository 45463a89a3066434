"""Replaying an event is an action of a person, carried out and recorded like every other (B12)."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from backoffice.actions import registry
from backoffice.actions.submit import One, submit
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError
from backoffice.jobs import operations
from backoffice.permissions import Role
from backoffice.services.webhooks import inbox as intake
from models import OperationItem, StatusHistory, User, WebhookEvent
from tests.factories.acting import acting_for
from tests.factories.users import make_user
from tests.webhooks.support import Inbox
from tests.webhooks.test_machine import UNKNOWN

REPLAY = registry.get("webhook_event.replay")


def person(inbox: Inbox, role: Role) -> User:
    with inbox.sessions.begin() as session:
        return make_user(session, role)


def replay(inbox: Inbox, event_id: uuid.UUID, role: Role) -> OperationItem:
    """The action from submit to its end."""
    with inbox.sessions.begin() as session:
        acting = acting_for(person(inbox, role))
        operation = submit(session, REPLAY, One(event_id), {}, client_key=uuid.uuid4().hex, acting=acting, panel=role)
    operations.run(inbox.runtime, operation.id)
    with inbox.sessions() as session:
        return session.scalars(sa.select(OperationItem).where(OperationItem.operation_id == operation.id)).one()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE])
def test_a_failed_event_is_handled_again(inbox: Inbox, role: Role) -> None:
    """WEB-2: from the beginning, with three more days, and with who did it in its history."""
    event = inbox.take("transfer.created", UNKNOWN)
    inbox.skip_pause(event.id, days=3)
    assert inbox.run(event.id).status == "failed"
    item = replay(inbox, event.id, role)
    assert (item.status, item.message) == ("succeeded", "Will be handled again.")
    again = inbox.get(event.id)
    assert (again.status, again.attempts, again.waiting_since, again.queue) == ("pending", 0, None, "money")
    with inbox.sessions() as session:
        last = sa.select(StatusHistory).where(StatusHistory.entity_id == event.id).order_by(StatusHistory.id.desc())
        step = session.scalars(last.limit(1)).one()
        assert (step.from_status, step.actor, step.actor_id is not None) == ("failed", role.actor.value, True)
    assert (inbox.run(event.id).status, inbox.get(event.id).attempts) == ("parked", 1)


def test_a_parked_event_does_not_have_to_wait(inbox: Inbox) -> None:
    event = inbox.take("transfer.created", UNKNOWN)
    assert replay(inbox, event.id, Role.FINANCE).status == "succeeded"
    assert inbox.run(event.id).attempts == 1


def test_what_came_to_its_end_is_not_replayed(inbox: Inbox) -> None:
    """B12: nothing follows processed and ignored; neither the action nor the service does it."""
    event = inbox.take("balance.available")
    with pytest.raises(DomainError):
        replay(inbox, event.id, Role.FINANCE)
    with inbox.sessions() as session, pytest.raises(IllegalTransitionError):
        intake.replay(session, session.get_one(WebhookEvent, event.id), acting=acting_for(make_user(session)))


@pytest.mark.parametrize("role", [Role.VENDOR, Role.LOGISTICS])
def test_others_do_not_replay(inbox: Inbox, role: Role) -> None:
    event = inbox.take("transfer.created", UNKNOWN)
    with pytest.raises(DomainError):
        replay(inbox, event.id, role)
    acting = acting_for(person(inbox, role))
    with inbox.sessions() as session, pytest.raises(ForbiddenError):
        intake.replay(session, session.get_one(WebhookEvent, event.id), acting=acting)
