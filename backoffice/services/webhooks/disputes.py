"""Chargebacks: all five events, each of which makes us ask how the dispute is now (WEB-4, DSP-8, DSP-9)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.gateways.payments import Payments
from backoffice.gateways.provider import ProviderDispute
from backoffice.services.chargebacks.follow import follow
from backoffice.services.webhooks.handler import Handler, Result, ignored, parked, processed
from models import WebhookEvent

TYPES: Final = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)


def _fetch(payments: Payments, event: WebhookEvent) -> ProviderDispute | None:
    """The dispute as it is now."""
    return payments.dispute_state(str(event.object_id))


def _apply(session: Session, event: WebhookEvent, state: ProviderDispute | None, acting: Acting) -> Result:
    """Bring our chargeback to where Stripe has it. Raises `DomainError` when a person must look."""
    del event
    if state is None:
        return parked("Stripe does not know this dispute.")
    changed = follow(session, state, acting=acting)
    if changed is None:
        return parked("The disputed payment is not known here yet.")
    return processed("The chargeback is as Stripe has it.") if changed else ignored("The chargeback was so already.")


HANDLERS: Final = (Handler(types=TYPES, fetch=_fetch, apply=_apply),)
