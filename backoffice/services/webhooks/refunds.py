"""Refunds: pending ones that end, and those that come back after they had succeeded (REF-4)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.gateways.payments import Payments, Refused, Succeeded
from backoffice.gateways.provider import ProviderRefund
from backoffice.services.refunds import late, send
from backoffice.services.webhooks import polling
from backoffice.services.webhooks.handler import Handler, Result, ignored, parked, processed
from backoffice.services.webhooks.matching import locked, sent_for
from models import Refund, WebhookEvent
from models.refund import RefundStatus

_FAILED: Final = frozenset({"failed", "canceled"})


def _fetch(payments: Payments, event: WebhookEvent) -> ProviderRefund | None:
    """The refund as it is now."""
    return payments.refund_state(str(event.object_id))


def _apply(session: Session, event: WebhookEvent, state: ProviderRefund | None, acting: Acting) -> Result:
    """Bring our refund to where Stripe has it. Raises `DomainError` when a person must look."""
    del event
    if state is None:
        return parked("Stripe does not know this refund.")
    sent = sent_for(state.metadata, "refund_id")
    refund = locked(session, Refund, Refund.stripe_refund_id == state.id)
    if refund is None and sent is not None:
        refund = locked(session, Refund, Refund.id == sent.row_id)
    if refund is None:
        return parked("No refund of ours is this one; it may have been made at Stripe by hand.")
    if sent is not None and sent.attempt < refund.attempt:
        if state.status in _FAILED:
            return ignored("That attempt has failed, and there is a later one.")
        raise DomainError("Stripe has paid an earlier attempt of this refund than the last one.")
    if (state.amount, state.currency) != (refund.amount, refund.currency):
        raise DomainError("The refund at Stripe is not what was asked for: amount or currency differ.")
    return _settle(session, refund, state, acting)


def _settle(session: Session, refund: Refund, state: ProviderRefund, acting: Acting) -> Result:
    failed, reason = state.status in _FAILED, state.failure_reason or state.status
    known = refund.stripe_refund_id == state.id
    match refund.status:
        case RefundStatus.PROCESSING:
            refund.stripe_refund_id = state.id
            raw = f"The refund {state.id} could not be paid: {reason}."
            outcome = Refused(reason, raw) if failed else Succeeded(state.id, state.status)
            if send.settle(session, refund, send.sent(session, refund), outcome, acting=acting):
                return processed(f"The refund is {refund.status.label.lower()}.")
            return ignored("Stripe has not paid the refund yet.")
        case RefundStatus.SUCCEEDED if failed:
            late.fail(session, refund, code=reason, raw=f"The refund {state.id} came back: {reason}.", acting=acting)
            return processed("The refund came back; it has failed.")
        case RefundStatus.SUCCEEDED:
            return ignored("The refund is known to have succeeded.")
        case RefundStatus.FAILED if failed or known:
            # A failed refund never succeeds: whoever still says so asked before it failed.
            return ignored("The refund is known to have failed.")
    raise DomainError(f"Stripe has this refund as {state.status}, but it is {refund.status.label.lower()} here.")


HANDLERS: Final = (
    Handler(
        types=("refund.created", "refund.updated", "refund.failed", "charge.refund.updated", polling.REFUND),
        fetch=_fetch,
        apply=_apply,
    ),
)
