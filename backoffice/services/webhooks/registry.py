"""Every handler, by type of event. A type without one is kept and ignored, visibly (WEB-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backoffice.services.webhooks import accounts, customers, disputes, payments, payouts, refunds, transfers
from backoffice.services.webhooks.handler import Handler
from models.operation import QueueName

_ALL: Final[tuple[Handler, ...]] = (
    *payments.HANDLERS,
    *refunds.HANDLERS,
    *transfers.HANDLERS,
    *payouts.HANDLERS,
    *accounts.HANDLERS,
    *customers.HANDLERS,
    *disputes.HANDLERS,
)
HANDLERS: Final[Mapping[str, Handler]] = {kind: one for one in _ALL for kind in one.types}


def handler_of(kind: str) -> Handler | None:
    """What handles events of this type, if anything does."""
    return HANDLERS.get(kind)


def queue_of(kind: str) -> QueueName:
    """Where events of this type are handled.

    What has a handler goes to the money worker: it has the provider's key, and it is the one that keeps to the
    provider's limit of requests (M16, M17). The many types that nobody handles do not stand in its way.
    """
    return QueueName.MONEY if kind in HANDLERS else QueueName.DEFAULT
