"""Payments of customers, and of vendors for their plan: how they ended, what was given back (B12, REF-7)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.gateways.payments import Payments
from backoffice.gateways.provider import ProviderPayment
from backoffice.services import payments as service
from backoffice.services.subscriptions import charges
from backoffice.services.webhooks import polling
from backoffice.services.webhooks.handler import Handler, Result, ignored, parked, processed, subject
from models import WebhookEvent

_UNKNOWN: Final = "No payment of ours has this intent."
_GONE: Final = "Stripe does not know this payment."


def _intent(event: WebhookEvent) -> str:
    """The intent that an event is about, be its object the intent or a charge of it; empty for a charge without one."""
    thing = subject(event)
    return str((thing.get("payment_intent") if event.object_type == "charge" else event.object_id) or "")


def _fetch(payments: Payments, event: WebhookEvent) -> ProviderPayment | None:
    intent = _intent(event)
    return payments.payment_state(intent) if intent else None


def _follow(session: Session, event: WebhookEvent, state: ProviderPayment | None, acting: Acting) -> Result:
    if state is not None and (fee := charges.told(session, state)) is not None:
        done = charges.follow(session, *fee, state, acting=acting)
        return processed(done) if done else ignored("The charge is where Stripe has it already.")
    paid = service.lock(session, _intent(event))
    if paid is None or state is None:
        return parked(_UNKNOWN if paid is None else _GONE)
    done = service.follow(session, paid, state, acting=acting)
    return processed(done) if done else ignored("The payment is where Stripe has it already, or further.")


def _given_back(session: Session, event: WebhookEvent, state: ProviderPayment | None, _acting: Acting) -> Result:
    """Refunds have events of their own; this one shows whether somebody gave money back without us."""
    paid = service.lock(session, _intent(event))
    if paid is None or state is None:
        return parked(_UNKNOWN if paid is None else _GONE)
    payment = paid.payment
    if payment.status not in service.CAME:
        return parked("We have not heard yet that this payment succeeded.")
    more = state.refunded - payment.refunded_amount - payment.refund_reserved
    if more <= 0:
        return ignored("Refunds here account for all of it.")
    # Stripe does not say for which of them.
    for order in paid.orders:
        order.needs_review = True
    session.flush()
    amount = money.format_amount(more, payment.currency)
    return processed(f"{amount} were given back at Stripe without a refund here; {paid.what} flagged for review.")


HANDLERS: Final = (
    Handler(
        types=(
            "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled", "charge.updated",
            polling.PAYMENT,
        ),
        fetch=_fetch,
        apply=_follow,
    ),
    Handler(types=("charge.refunded",), fetch=_fetch, apply=_given_back),
)  # fmt: skip
