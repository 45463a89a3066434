"""Vendors as those who pay for their plan: another card is tried at once (SUB-5)."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.gateways.payments import Payments
from backoffice.gateways.provider import ProviderCustomer
from backoffice.services.subscriptions import dunning
from backoffice.services.webhooks.handler import Handler, Result, ignored, parked, processed
from models import VendorProfile, WebhookEvent


def _fetch(payments: Payments, event: WebhookEvent) -> ProviderCustomer | None:
    return payments.customer_state(str(event.object_id))


def _updated(session: Session, event: WebhookEvent, state: ProviderCustomer | None, _acting: Acting) -> Result:
    """Note the card that is charged from now on, and try what is unpaid with it."""
    statement = sa.select(VendorProfile).where(VendorProfile.stripe_customer_id == event.object_id).with_for_update()
    profile = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if profile is None:
        return ignored("No vendor of ours is this customer.")
    if state is None:
        return parked("Stripe does not know this customer.")
    if state.payment_method == profile.stripe_payment_method_id:
        return ignored("It is the card that we know.")
    profile.stripe_payment_method_id = state.payment_method
    session.flush()
    if state.payment_method is None:
        return processed("The vendor has no card any more.")
    moment = session.scalars(sa.select(NOW)).one()
    tried = dunning.method_changed(session, profile.vendor_id, now=moment)
    return processed(f"The vendor has another card; unpaid invoices that are tried with it: {tried}.")


HANDLERS: Final = (Handler(types=("customer.updated",), fetch=_fetch, apply=_updated),)
