"""Measures of whether work moves on: each with its limit, by the database's clock (J19)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.enums import Status
from backoffice.services import leases
from models import Mail
from models.heartbeat import RELAY, Heartbeat
from models.notification import NotificationStatus
from models.operation import Operation, OperationItem, OperationItemStatus, OperationStatus
from models.webhook_event import WebhookEvent, WebhookEventStatus, WebhookProvider

#: Seconds since the relay's last sign of life; it gives one every second or two.
RELAY_LIMIT = 20
#: Seconds for which an operation or an event may be due before a worker has taken it.
DUE_LIMIT = 60
#: The same for a mail, which is less urgent: one that the mail server takes its time for keeps the others waiting.
MAIL_DUE_LIMIT = 600
#: Rows of the last days that wait for a person (J12).
DEAD_LIMIT = 20
_DEAD_DAYS = dt.timedelta(days=7)
#: An event of Stripe may wait for so long for what it is about (WEB-2); a parcel may be scanned days before its number
#: is typed.
_PARKED_FOR = dt.timedelta(hours=1)
#: Mails are looked at for a day: most that fail are for addresses that are wrong, and nobody answers for those here.
_MAIL_DAYS = dt.timedelta(days=1)
#: A mail that was put off so often has been for about an hour, so it is not about one mail.
_PUT_OFF = 11
_OPEN_OPERATIONS = (OperationStatus.QUEUED, OperationStatus.RUNNING)
_OPEN_EVENTS = (WebhookEventStatus.PENDING, WebhookEventStatus.PARKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure; None is "never seen", which is over every limit."""

    name: str
    value: int | None
    limit: int

    @property
    def ok(self) -> bool:
        """Whether the figure is known and within its limit."""
        return self.value is not None and self.value <= self.limit


def measure(session: Session) -> list[Measure]:
    """All measures, in one statement."""
    figures = (
        _relay_age(),
        _oldest_due(Operation, *_OPEN_OPERATIONS),
        _dead_rows(),
        _oldest_due(WebhookEvent, *_OPEN_EVENTS),
        _dead_events(),
        _oldest_due(Mail, NotificationStatus.PENDING),
        _dead_mails(),
    )
    relay, due, dead, due_event, dead_events, due_mail, dead_mails = session.execute(sa.select(*figures)).one()
    return [
        Measure(name="relay_heartbeat_age", value=None if relay is None else int(relay), limit=RELAY_LIMIT),
        Measure(name="oldest_due_operation_age", value=int(due or 0), limit=DUE_LIMIT),
        Measure(name="rows_needing_attention", value=dead, limit=DEAD_LIMIT),
        Measure(name="oldest_due_event_age", value=int(due_event or 0), limit=DUE_LIMIT),
        Measure(name="events_needing_attention", value=dead_events, limit=DEAD_LIMIT),
        Measure(name="oldest_due_mail_age", value=int(due_mail or 0), limit=MAIL_DUE_LIMIT),
        Measure(name="mails_needing_attention", value=dead_mails, limit=DEAD_LIMIT),
    ]


def _relay_age() -> sa.ScalarSelect[float | None]:
    seconds = sa.func.extract("epoch", NOW - Heartbeat.beat_at)
    return sa.select(seconds).where(Heartbeat.name == RELAY).scalar_subquery()


def _oldest_due(entity: type[Any], *open_: Status) -> sa.ScalarSelect[float | None]:
    """Age of the row that has been due longest and that nobody holds, however often it was called out."""
    seconds = sa.func.extract("epoch", NOW - sa.func.min(entity.due_since))
    return (
        sa.select(seconds)
        .where(entity.status.in_(open_), entity.due_since < NOW, leases.free(entity))
        .scalar_subquery()
    )


def _dead_rows() -> sa.ScalarSelect[int]:
    """Counted no further than one over the limit."""
    rows = (
        sa.select(OperationItem.position)
        .join(Operation, Operation.id == OperationItem.operation_id)
        .where(
            Operation.created_at > NOW - _DEAD_DAYS,
            OperationItem.status == OperationItemStatus.NEEDS_ATTENTION,
        )
        .limit(DEAD_LIMIT + 1)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()


def _dead_events() -> sa.ScalarSelect[int]:
    """Events that were given up, or that have been parked for long; counted as far as `_dead_rows`."""
    rows = (
        sa.select(WebhookEvent.id)
        .where(
            WebhookEvent.created_at > NOW - _DEAD_DAYS,
            sa.or_(
                WebhookEvent.status == WebhookEventStatus.FAILED,
                sa.and_(
                    WebhookEvent.provider == WebhookProvider.STRIPE,
                    WebhookEvent.status == WebhookEventStatus.PARKED,
                    WebhookEvent.waiting_since < NOW - _PARKED_FOR,
                ),
            ),
        )
        .limit(DEAD_LIMIT + 1)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()


def _dead_mails() -> sa.ScalarSelect[int]:
    """Mails that have failed, or that the mail server has put off for long; counted as far as `_dead_rows`."""
    put_off = sa.and_(Mail.status == NotificationStatus.PENDING, Mail.attempts >= _PUT_OFF)
    rows = (
        sa.select(Mail.id)
        .where(Mail.created_at > NOW - _MAIL_DAYS, sa.or_(Mail.status == NotificationStatus.FAILED, put_off))
        .limit(DEAD_LIMIT + 1)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()
