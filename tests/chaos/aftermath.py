"""After the storm: the machinery goes on by itself, and people finish what it gave to them."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.actions.submit import retry_failed
from backoffice.clock import NOW, now
from backoffice.database import act_as
from backoffice.errors import DomainError
from backoffice.services.leases import free
from backoffice.services.webhooks import backfill
from models import Operation, OperationItem, Payout, ProviderSweep, Refund, TransferReversal, WebhookEvent
from models.operation import OperationItemStatus, OperationStatus
from models.payout import PayoutStatus
from models.refund import RefundStatus
from models.transfer_reversal import ReversalStatus
from models.webhook_event import WebhookEventStatus
from tests.chaos.market import Market

#: Seconds until everything must be over.
_PATIENCE = 200.0
#: The relay repeats a wake after 15 seconds; here it is 3, once all queues are empty.
_AGAIN = dt.timedelta(seconds=12)
_OPEN_EVENTS = (WebhookEventStatus.PENDING, WebhookEventStatus.PARKED)
_OPEN_OPERATIONS = (OperationStatus.QUEUED, OperationStatus.RUNNING)
_UNDER_WAY = (
    (Refund, RefundStatus.PROCESSING),
    (Payout, PayoutStatus.PROCESSING),
    (TransferReversal, ReversalStatus.PROCESSING),
)


def drain(market: Market) -> None:
    """Until nothing is under way and nobody has anything to do."""
    market.banks_decide()
    ask_for_lost_events(market)
    limit = time.monotonic() + _PATIENCE
    while (left := limit - time.monotonic()) > 0:
        market.stage.wait_until(lambda: _is_quiet(market), left)
        if not _people_have_work(market):
            return
    raise AssertionError("people never come to an end")


def ask_for_lost_events(market: Market) -> None:
    """What `backoffice webhooks backfill` does."""
    market.stage.patiently(lambda session: backfill.begin_from(session, now() - dt.timedelta(days=1)))


def _is_quiet(market: Market) -> bool:
    """Whether no operation, event or sweep waits; pauses between attempts are over at once."""
    skip_pauses(market)
    with market.stage.sessions() as session:
        open_ = (
            sa.exists().where(Operation.status.in_(_OPEN_OPERATIONS)),
            sa.exists().where(WebhookEvent.status.in_(_OPEN_EVENTS)),
            sa.exists().where(ProviderSweep.round_began_at.is_not(None)),
        )
        if session.scalar(sa.select(sa.or_(*open_))):
            return False
    time.sleep(0.2)
    waiting = [one for one in market.stage.sandbox.webhooks()["deliveries"] if one["state"] == "pending"]
    return all(one["tries"] for one in waiting)


def skip_pauses(market: Market) -> None:
    """What is to be tried later is due now; whose wake was lost is woken again, sooner than the relay would."""
    lost = market.stage.is_idle()
    market.stage.patiently(lambda session: _skip_pauses(session, lost=lost))


def _skip_pauses(session: Session, *, lost: bool) -> None:
    items = sa.update(OperationItem).where(OperationItem.status == OperationItemStatus.QUEUED)
    session.execute(items.where(OperationItem.run_after > NOW).values(run_after=NOW))
    rows: tuple[tuple[Any, sa.ColumnElement[bool]], ...] = (
        (Operation, Operation.status.in_(_OPEN_OPERATIONS)),
        (WebhookEvent, WebhookEvent.status.in_(_OPEN_EVENTS)),
        (ProviderSweep, ProviderSweep.round_began_at.is_not(None)),
    )
    for entity, open_ in rows:
        waits = (open_, free(entity))
        session.execute(sa.update(entity).where(*waits, entity.due_since > NOW).values(due_since=NOW, run_after=NOW))
        if lost:
            # The relay has looked at it some seconds ago, and nobody has come.
            session.execute(sa.update(entity).where(*waits, entity.run_after < NOW + _AGAIN).values(run_after=NOW))


def _people_have_work(market: Market) -> bool:
    """What the people do the day after; whether there was anything."""
    before = market.figures.total()
    given_up = sa.select(OperationItem.operation_id).where(OperationItem.status == OperationItemStatus.NEEDS_ATTENTION)
    for operation_id in market.stage.patiently(lambda session: session.scalars(given_up.distinct()).all()):
        market.stage.patiently(_a_day_passes)
        market.stage.patiently(lambda session, one=operation_id: _try_again(market, session, one))
    failed = sa.select(Refund.id, Refund.attempt).where(Refund.status == RefundStatus.FAILED)
    for refund_id, attempt in market.stage.patiently(lambda session: session.execute(failed).all()):
        market.once("refund.retry", refund_id, attempt)
    market.go_on()
    market.release()
    return market.figures.total() > before


def _a_day_passes(session: Session) -> None:
    """What was sent so long ago that its key is forgotten is not sent under it again (M5)."""
    for entity, status in _UNDER_WAY:
        earlier = entity.first_sent_at - dt.timedelta(hours=25)
        session.execute(sa.update(entity).where(entity.status == status).values(first_sent_at=earlier))


def _try_again(market: Market, session: Session, operation_id: Any) -> None:
    """A click on "try the failed ones again"."""
    acting = market.operations[operation_id]
    act_as(session, acting)
    try:
        retry_failed(session, operation_id, acting)
        market.figures["tried again by people"] += 1
    except DomainError as refused:
        market.figures[f"refused {refused.code}"] += 1
