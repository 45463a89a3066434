"""Transfers: the provider may tell of one before its answer to us is recorded (fault 33)."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.gateways.payments import Succeeded
from backoffice.services.payouts import send
from backoffice.services.webhooks.handler import Handler, Result, ignored, parked, processed, subject
from backoffice.services.webhooks.matching import Sent, locked, sent_for
from models import Payout, Transaction, TransferReversal, WebhookEvent
from models.payout import PayoutStatus
from models.transaction import TransactionStatus
from models.transfer_reversal import ReversalStatus


def _created(session: Session, event: WebhookEvent, _state: object, acting: Acting) -> Result:
    """Adopt the transfer's id where the worker that sent it has not recorded it yet. A transfer never changes."""
    transfer = subject(event)
    sent = sent_for(transfer.get("metadata"), "payout_id")
    if sent is None:
        return ignored("The transfer was not made for a payout of ours.")
    payout = locked(session, Payout, Payout.id == sent.row_id)
    if payout is None:
        return parked("No payout of ours is the one that this transfer names.")
    if payout.stripe_transfer_id == transfer["id"] or _recorded(session, sent):
        return ignored("The payout has this transfer already.")
    if payout.attempt != sent.attempt or payout.status is not PayoutStatus.PROCESSING:
        raise DomainError(f"Stripe made this transfer, but the payout is {payout.status.label.lower()} here.")
    what = send.sent(session, payout)
    _check(transfer, what)
    send.settle(session, payout, what, Succeeded(transfer["id"], "created"), acting=acting)
    return processed(f"The payout has its transfer, {transfer['id']}.")


def _reversed(session: Session, event: WebhookEvent, _state: object, _acting: Acting) -> Result:
    """Our own reversals record themselves; what more was taken back, somebody did at Stripe: a person must look."""
    transfer = subject(event)
    ours = session.scalar(
        sa.select(sa.func.sum(TransferReversal.amount)).where(
            TransferReversal.stripe_transfer_id == transfer.get("id"), TransferReversal.status != ReversalStatus.FAILED
        )
    )
    payout = locked(session, Payout, Payout.stripe_transfer_id == transfer.get("id"))
    if payout is None and ours is None:
        return parked("No payout of ours has this transfer.")
    currency = str(transfer["currency"]).upper()
    back = money.from_stripe(int(transfer["amount_reversed"]), currency)
    if ours is not None and back <= ours:
        return ignored("We took the money back ourselves.")
    text = money.format_amount(back - (ours or 0), currency)
    raise DomainError(f"{text} of the transfer were taken back, which nobody asked for here.")


def _recorded(session: Session, sent: Sent) -> bool:
    """Whether the transfer of this attempt is in the books; a later attempt may be under way by now."""
    key = f"payout:{sent.row_id}:{sent.attempt}"
    statement = sa.exists().where(Transaction.event_key == key, Transaction.status == TransactionStatus.COMPLETED)
    return bool(session.scalar(sa.select(statement)))


def _check(transfer: dict[str, Any], what: send.TransferCall) -> None:
    """Raise `DomainError` when the transfer is not what was asked for."""
    asked = (what.account, money.to_stripe(what.amount, what.currency), what.currency.lower())
    if (transfer["destination"], transfer["amount"], transfer["currency"]) != asked:
        raise DomainError("The transfer is not what was asked for: account, amount or currency differ.")


HANDLERS: Final = (
    Handler(types=("transfer.created",), apply=_created),
    Handler(types=("transfer.reversed",), apply=_reversed),
)
