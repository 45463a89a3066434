"""Sending events as Stripe does, and handling them as a worker does."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from backoffice.clock import NOW, now
from backoffice.factory.application import Application
from backoffice.gateways.stripe_events import read_event
from backoffice.jobs import webhooks
from backoffice.jobs.runtime import Runtime
from backoffice.services.webhooks import inbox
from models import WebhookEvent
from tests.factories.webhooks import make_webhook_event
from tests.sandbox.running import RunningSandbox

SECRET, OLD_SECRET = "whsec_" + "n" * 32, "whsec_" + "o" * 32


def v1(payload: bytes, secret: str = SECRET, at: int | None = None) -> str:
    """One signature of a body, in hexadecimal."""
    moment = int(time.time()) if at is None else at
    return hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()


def header(payload: bytes, secret: str = SECRET, at: int | None = None) -> str:
    """The header `Stripe-Signature`."""
    moment = int(time.time()) if at is None else at
    return f"t={moment},v1={v1(payload, secret, moment)}"


@dataclass(frozen=True)
class Sender:
    """Posts to the endpoint."""

    app: Application

    def send(self, body: Mapping[str, Any], **options: Any) -> TestResponse:
        """One event, properly signed."""
        payload = json.dumps(body).encode()
        return self.post(payload, header(payload, **options))

    def post(self, payload: bytes, signature: str | None) -> TestResponse:
        """Any bytes with any signature."""
        return self.app.test_client().post(
            "/webhooks/stripe",
            data=payload,
            base_url="http://127.0.0.1:8000",
            headers={"Stripe-Signature": signature} if signature is not None else {},
            content_type="application/json; charset=utf-8",
        )


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Handles events in this process."""

    runtime: Runtime
    sessions: sessionmaker[Session]
    sandbox: RunningSandbox

    def add(self, kind: str, thing: Mapping[str, Any] | None = None, **values: Any) -> uuid.UUID:
        """An event that has come, committed."""
        with self.sessions.begin() as session:
            return make_webhook_event(session, kind, thing, **values).id

    def told(self, account: str | None = None) -> list[dict[str, Any]]:
        """Every event that Stripe has, oldest first."""
        options: Any = {"stripe_account": account} if account else {}
        listed = self.sandbox.client().v1.events.list({"limit": 100}, options).auto_paging_iter()
        return [event.to_dict(for_json=True) for event in listed][::-1]

    def tell(self, body: Mapping[str, Any]) -> uuid.UUID:
        """Stripe delivers an event; the id of its row, be it new or known."""
        payload = json.dumps(body).encode()
        event = read_event(payload, header(payload), [SECRET], now=now())
        with self.sessions.begin() as session:
            inbox.store(session, event)
            known = sa.select(WebhookEvent.id).where(WebhookEvent.provider_event_id == event.id)
            return session.scalars(known).one()

    def hear(self, *kinds: str, account: str | None = None) -> list[WebhookEvent]:
        """Take and handle every event of these kinds (all, when none is named) that was not heard yet."""
        bodies = [body for body in self.told(account) if not kinds or body["type"] in kinds]
        return [self.run(self.tell(body)) for body in bodies]

    def run(self, event_id: uuid.UUID) -> WebhookEvent:
        """What one wake does, and the event afterwards."""
        webhooks.run(self.runtime, event_id)
        return self.get(event_id)

    def get(self, event_id: uuid.UUID) -> WebhookEvent:
        """The event now."""
        with self.sessions() as session:
            return session.get_one(WebhookEvent, event_id)

    def take(self, kind: str, thing: Mapping[str, Any] | None = None, **values: Any) -> WebhookEvent:
        """An event comes and is handled once."""
        return self.run(self.add(kind, thing, **values))

    def skip_pause(self, event_id: uuid.UUID, days: int = 0) -> None:
        """Let the next try be due now, and `days` have passed since the first."""
        with self.sessions.begin() as session:
            session.execute(
                sa.update(WebhookEvent)
                .where(WebhookEvent.id == event_id)
                .values(due_since=NOW, waiting_since=WebhookEvent.waiting_since - dt.timedelta(days=days))
            )
