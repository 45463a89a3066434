"""The webhook inbox: every event that Stripe and carriers have told us, and what came of it (WEB-1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Base, HasId, HasVersion, check, enum_column
from models.operation import Leased


class WebhookProvider(LabelledEnum):
    """Who tells us of events."""

    STRIPE = "stripe"
    EASYPOST = "easypost", "EasyPost"
    AFTERSHIP = "aftership", "AfterShip"
    SHIPPO = "shippo"


class WebhookEventStatus(Status):
    """Life of an event (B12). Parked: nothing it could change is known here yet; tried again for three days (WEB-2)."""

    PENDING = "pending", "Pending", Tone.INFO, {"processed": "S", "ignored": "S", "parked": "S", "failed": "S"}
    PROCESSED = "processed", "Processed", Tone.SUCCESS
    IGNORED = "ignored", "Ignored", Tone.NEUTRAL
    PARKED = "parked", "Parked", Tone.WARNING, {"pending": "AFS"}
    FAILED = "failed", "Failed", Tone.DANGER, {"pending": "AF"}


class WebhookEvent(HasId, HasVersion, Leased, Base):
    """One event, stored before anything is done about it; the provider's own id makes a second delivery nothing.

    It is a delivery log, so it is not audited: what an event changes is. Events that came to their end are deleted
    after 90 days, long after the provider has stopped offering them (30); those that wait for a person are kept.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        sa.UniqueConstraint("provider_event_id", "provider"),
        check("done_has_time", "(status IN ('processed', 'ignored')) = (processed_at IS NOT NULL)"),
        check("waiting_has_reason", "status NOT IN ('parked', 'failed') OR last_error IS NOT NULL"),
        sa.Index("ix_webhook_events_created_at_id", "created_at", "id"),
        sa.Index("ix_webhook_events_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_webhook_events_type_created_at_id", "type", "created_at", "id"),
        sa.Index("ix_webhook_events_provider_created_at_id", "provider", "created_at", "id"),
        sa.Index("ix_webhook_events_object_id", "object_id"),
        sa.Index("ix_webhook_events_due", "run_after", postgresql_where=sa.text("status IN ('pending', 'parked')")),
    )

    provider: Mapped[WebhookProvider] = enum_column(WebhookProvider, default=WebhookProvider.STRIPE)
    #: `evt_...`; a hash of the body where the provider gives its events no name.
    provider_event_id: Mapped[str] = mapped_column(sa.String(255))
    type: Mapped[str] = mapped_column(sa.String(255))
    #: The connected account it is about; null for the platform's own.
    account: Mapped[str | None] = mapped_column(sa.String(255))
    #: Null for what we asked about by ourselves, and where the provider does not say.
    livemode: Mapped[bool | None]
    api_version: Mapped[str | None] = mapped_column(sa.String(40))
    object_type: Mapped[str | None] = mapped_column(sa.String(255))
    object_id: Mapped[str | None] = mapped_column(sa.String(255))
    #: When it happened, by the provider's clock; says nothing about the order in which events arrive.
    provider_created: Mapped[dt.datetime]
    #: The whole event as it was sent; names and addresses of customers may be in it.
    body: Mapped[dict[str, Any]] = mapped_column(info=PII)
    status: Mapped[WebhookEventStatus] = enum_column(WebhookEventStatus, default=WebhookEventStatus.PENDING)
    #: What was done, or why nothing had to be.
    outcome: Mapped[str | None]
    #: Since the first try that did not bring it to its end; after three days of that it has failed.
    waiting_since: Mapped[dt.datetime | None]
    processed_at: Mapped[dt.datetime | None]

    def __str__(self) -> str:
        return f"{self.type} {self.provider_event_id}"
