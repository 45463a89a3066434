"""Chargebacks: all five events, until there is a record for them to change (WEB-4, DSP-8)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services.webhooks.handler import Handler, Result, ignored
from models import WebhookEvent

TYPES: Final = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)


def _kept(_session: Session, _event: WebhookEvent, _state: object, _acting: Acting) -> Result:
    return ignored("Chargebacks are not kept here yet; look at this one in Stripe's dashboard.")


HANDLERS: Final = (Handler(types=TYPES, apply=_kept),)
