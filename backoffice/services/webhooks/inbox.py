"""Taking events in: one row for each event id, committed before anything is done about it (WEB-1, M13)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.gateways.provider import ProviderEvent
from backoffice.permissions import Permission
from backoffice.services import leases, operations
from backoffice.services.guards import require
from backoffice.services.transitions import move
from backoffice.services.webhooks import registry
from models import WebhookEvent
from models.base import uuid7
from models.webhook_event import WebhookEventStatus, WebhookProvider

#: What wakes and logs call an event.
KIND: Final = "webhook_event"
#: For how long events that came to their end are kept; the provider offers an event for 30 days.
KEPT: Final = dt.timedelta(days=90)
_PRUNED_AT_ONCE: Final = 10_000


def store(session: Session, event: ProviderEvent) -> bool:
    """Keep the event and wake a worker after the commit; False for one that is here already.

    Of several deliveries at once, the others wait for the first one's commit and then find the row.
    """
    provider = WebhookProvider(event.provider)
    name = registry.queue_of(provider, event.type)
    statement = (
        insert(WebhookEvent)
        .values(
            id=uuid7(),
            provider=provider,
            provider_event_id=event.id,
            type=event.type,
            account=event.account,
            livemode=event.livemode,
            api_version=str(event.body.get("api_version") or "")[:40] or None,
            object_type=event.object_type,
            object_id=event.object_id,
            provider_created=event.created,
            body=_storable(event.body),
            queue=name,
            run_after=operations.first_look(),
        )
        .on_conflict_do_nothing(index_elements=["provider_event_id", "provider"])
        .returning(WebhookEvent.id)
    )
    stored = session.scalar(statement)
    if stored is None:
        return False
    queue.wake_after_commit(session, name, KIND, stored)
    return True


def replay(session: Session, event: WebhookEvent, *, acting: Acting) -> None:
    """Make a parked or failed event (read locked) pending again, as if it had just come, and wake a worker."""
    require(acting, Permission.WEBHOOKS_REPLAY, "Only admins and finance replay events.")
    event.queue = registry.queue_of(event.provider, event.type)
    event.attempts, event.waiting_since = 0, None
    moment = session.scalars(sa.select(NOW)).one()
    leases.give_back(event, moment)
    event.run_after = moment + operations.FIRST_LOOK
    move(session, event, WebhookEventStatus.PENDING, acting=acting)
    queue.wake_after_commit(session, event.queue, KIND, event.id)


def prune(session: Session) -> None:
    """Delete events that came to their end long ago; those that wait for a person stay."""
    old = (
        sa.select(WebhookEvent.id)
        .where(
            WebhookEvent.processed_at.is_not(None),
            WebhookEvent.created_at < NOW - KEPT,
        )
        .limit(_PRUNED_AT_ONCE)
    )
    session.execute(
        sa.delete(WebhookEvent).where(WebhookEvent.id.in_(old)).execution_options(synchronize_session=False)
    )


def _storable(value: Any) -> Any:
    """The JSON without what PostgreSQL cannot keep: NUL, and halves of characters."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
        case dict():
            return {_storable(key): _storable(one) for key, one in value.items()}
        case list():
            return [_storable(one) for one in value]
        case _:
            return value
