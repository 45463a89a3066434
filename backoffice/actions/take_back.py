"""Taking the money of a payout back from the vendor's account at Stripe."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, External, Inputs, Result, Settled, Verdict
from backoffice.enums import Tone
from backoffice.errors import DomainError
from backoffice.gateways.payments import Outcome
from backoffice.permissions import Permission
from backoffice.services.payouts import take_back
from backoffice.services.payouts.send import needs_second_person
from backoffice.services.provider_calls import OutgoingStoppedError
from models import Payout
from models.operation import QueueName
from models.payout import PayoutStatus
from models.transfer_reversal import ReversalReason, ReversalStatus


def _plan(session: Session, payouts: Sequence[Payout], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del inputs, acting
    return [_verdict(session, payout) for payout in payouts]


def _verdict(session: Session, payout: Payout) -> Verdict:
    try:
        reason, amount = take_back.possible(session, payout)
    except DomainError as refusal:
        return Verdict(target_id=payout.id, ok=False, message=refusal.message, code=refusal.code)
    text = money.format_amount(amount, payout.currency)
    why = "which the bank returned" if reason is ReversalReason.BANK_RETURN else "which the vendor owes"
    message = f"{text}, {why}, are taken back from the vendor's account at Stripe."
    return Verdict(target_id=payout.id, ok=True, message=message, amount=amount, currency=payout.currency)


def _begin(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> take_back.ReversalCall | Settled:
    del inputs
    try:
        return take_back.begin(session, payout, acting=acting)
    except OutgoingStoppedError as stopped:
        return Settled(result=Result.WAIT, message=stopped.message, code=stopped.code)


def _resume(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> take_back.ReversalCall | Settled:
    del inputs, acting
    try:
        return take_back.resume(session, payout) or _end(session, payout)
    except OutgoingStoppedError as stopped:
        return Settled(result=Result.WAIT, message=stopped.message, code=stopped.code)


def _settle(
    session: Session, payout: Payout, what: take_back.ReversalCall, outcome: Outcome, acting: Acting
) -> Settled:
    if not take_back.settle(session, payout, what, outcome, acting=acting):
        return Settled(result=Result.RETRY, message="Stripe has not given a final answer yet.", code="no_answer")
    return _end(session, payout)


def _end(session: Session, payout: Payout) -> Settled:
    """How the newest reversal ended."""
    reversal = take_back.last(session, payout)
    if reversal is None or reversal.status is not ReversalStatus.SUCCEEDED:
        message = (reversal and reversal.failure_reason) or "Nothing was taken back."
        return Settled(result=Result.FAILED, message=message, code=reversal.failure_code if reversal else "nothing")
    text = money.format_amount(reversal.amount, reversal.currency)
    return Settled(result=Result.DONE, message=f"{text} taken back.")


def _second_person(session: Session, payouts: Sequence[Payout], inputs: Inputs) -> bool:
    del inputs
    return any(needs_second_person(session, payout) for payout in payouts)


ACTIONS = (
    Action(
        key="payout.take_back",
        label="Take back",
        entity=Payout,
        permission=Permission.PAYOUTS_RELEASE,
        plan=_plan,
        run=External(begin=_begin, resume=_resume, call=take_back.call, settle=_settle),
        second_person=_second_person,
        approve_permission=Permission.PAYOUTS_APPROVE,
        queue=QueueName.MONEY,
        tone=Tone.WARNING,
        consequence="Money that was transferred is taken back from the vendor's account at Stripe.",
        allowed_from=frozenset({PayoutStatus.COMPLETED, PayoutStatus.FAILED}),
    ),
)
