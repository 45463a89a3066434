"""Payouts of connected accounts to their banks (PAY-8, PAY-9)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.gateways.payments import Payments
from backoffice.gateways.provider import ProviderPayout
from backoffice.services.payouts import bank
from backoffice.services.webhooks import polling
from backoffice.services.webhooks.handler import Handler, Result, ignored, parked, processed, subject
from backoffice.services.webhooks.matching import locked, sent_for
from models import Payout, WebhookEvent
from models.payout import PayoutStatus
from models.webhook_event import WebhookEventStatus

_FAILED: Final = frozenset({"failed", "canceled"})
#: Money left for the vendor's account and may be on its way to the bank, or there.
_SENT: Final = (PayoutStatus.PROCESSING, PayoutStatus.COMPLETED)
_OF_THE_PLATFORM: Final = "This is a payout of the platform itself."


def _fetch(payments: Payments, event: WebhookEvent) -> ProviderPayout | None:
    """The payout as it is now."""
    return payments.payout_state(event.account, str(event.object_id)) if event.account else None


def _apply(session: Session, event: WebhookEvent, state: ProviderPayout | None, acting: Acting) -> Result:
    """Bring our payout to where Stripe has it: the current state, whichever event it was that made us ask."""
    if event.account is None:
        return ignored(_OF_THE_PLATFORM)
    if state is None:
        return parked("Stripe does not know this payout.")
    made = dt.datetime.fromtimestamp(int(subject(event)["created"]), dt.UTC)
    payout = _match(session, event.account, state, made)
    if payout is None and _was_followed(session, state):
        return ignored("An earlier attempt of a payout, which is over: it was sent again or cancelled.")
    if payout is None:
        return parked("No payout of ours is the one that Stripe sent to the bank.")
    return _follow(session, payout, state, acting)


def _follow(session: Session, payout: Payout, state: ProviderPayout, acting: Acting) -> Result:
    if payout.stripe_payout_id != state.id:
        payout.stripe_payout_id = state.id
        session.flush()
    unrecorded = payout.status is PayoutStatus.PROCESSING and payout.stripe_transfer_id is None
    if unrecorded and (state.status in _FAILED or state.status == "paid"):
        return parked("The transfer behind this payout is not recorded yet.")
    if state.status in _FAILED:
        code = state.failure_code or f"payout_{state.status}"
        if bank.returned(session, payout, code=code, raw=state.failure_message or state.status, acting=acting):
            return processed("The bank did not keep the money; the payout has failed.")
        return ignored("The payout is known to have failed.")
    if state.status != "paid":
        return ignored("The money is on its way to the bank.")
    if bank.arrived(session, payout, acting=acting):
        return processed("The bank has the money; the payout is complete.")
    return ignored(f"The payout is {payout.status.label.lower()} already.")


def _was_followed(session: Session, state: ProviderPayout) -> bool:
    """Whether another event about it moved a payout of ours, which does not name it any more."""
    moved = sa.exists().where(
        WebhookEvent.object_type == "payout",
        WebhookEvent.object_id == state.id,
        WebhookEvent.status == WebhookEventStatus.PROCESSED,
    )
    return bool(session.scalar(sa.select(moved)))


def _match(session: Session, account: str, state: ProviderPayout, made: dt.datetime) -> Payout | None:
    """Our payout: by Stripe's id, by what we wrote into it, else the only one of this account and amount.

    One that Stripe made before ours was sent belongs to an earlier attempt, or to something else.
    """
    found = locked(session, Payout, Payout.stripe_payout_id == state.id)
    if found is not None:
        return found
    sent = sent_for(state.metadata, "payout_id")
    if sent is not None:
        return locked(session, Payout, sa.and_(Payout.id == sent.row_id, Payout.attempt == sent.attempt))
    candidates = session.scalars(
        sa.select(Payout.id).where(
            Payout.destination_account == account,
            Payout.amount == state.amount,
            Payout.currency == state.currency,
            Payout.status.in_(_SENT),
            Payout.stripe_payout_id.is_(None),
            # Stripe tells whole seconds.
            sa.func.date_trunc("second", Payout.first_sent_at) <= made,
        )
    ).all()
    return locked(session, Payout, Payout.id == candidates[0]) if len(candidates) == 1 else None


HANDLERS: Final = (
    Handler(
        types=("payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled", polling.PAYOUT),
        fetch=_fetch,
        apply=_apply,
    ),
)
