"""Every handler, by provider and type of event. A type without one is kept and ignored, visibly (WEB-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backoffice.services.webhooks import accounts, carriers, customers, disputes, payments, payouts, refunds, transfers
from backoffice.services.webhooks.handler import Handler
from models.operation import QueueName
from models.webhook_event import WebhookProvider

_ALL: Final[tuple[Handler, ...]] = (
    *payments.HANDLERS,
    *refunds.HANDLERS,
    *transfers.HANDLERS,
    *payouts.HANDLERS,
    *accounts.HANDLERS,
    *customers.HANDLERS,
    *disputes.HANDLERS,
    *carriers.HANDLERS,
)
HANDLERS: Final[Mapping[tuple[WebhookProvider, str], Handler]] = {
    (one.provider, kind): one for one in _ALL for kind in one.types
}


def handler_of(provider: WebhookProvider, kind: str) -> Handler | None:
    """What handles events of this type, if anything does."""
    return HANDLERS.get((provider, kind))


def queue_of(provider: WebhookProvider, kind: str) -> QueueName:
    """Where events of this type are handled.

    What Stripe tells and has a handler goes to the money worker: it has Stripe's key, and it is the one that keeps to
    Stripe's limit of requests (M16, M17). Carriers, and the many types that nobody handles, do not stand in its way.
    """
    stripe = provider is WebhookProvider.STRIPE
    return QueueName.MONEY if stripe and handler_of(provider, kind) else QueueName.DEFAULT
