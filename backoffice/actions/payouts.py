"""Payouts: release, cancel, make ready again, ask Stripe how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session
from wtforms import Form, TextAreaField
from wtforms.validators import DataRequired, Length

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, External, Glance, Inputs, Preflight, Result, Settled, Verdict
from backoffice.enums import Tone
from backoffice.gateways.payments import Outcome, Payments
from backoffice.permissions import Permission
from backoffice.services.payouts import manage, preflight, send
from backoffice.services.payouts.eligibility import reasons
from backoffice.services.provider_calls import OutgoingStoppedError
from models import Payout
from models.operation import QueueName
from models.payout import PayoutStatus


class CancelPayoutForm(Form):
    """Why a payout is cancelled."""

    reason = TextAreaField("Reason", validators=[DataRequired(), Length(max=2000)])


def _plan_release(session: Session, payouts: Sequence[Payout], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del inputs, acting
    holding = reasons(session, [payout.id for payout in payouts])
    return [_verdict(payout, [reason.message for reason in holding[payout.id]]) for payout in payouts]


def _verdict(payout: Payout, held: list[str]) -> Verdict:
    amount = money.format_amount(payout.amount, payout.currency)
    if held:
        return Verdict(target_id=payout.id, ok=False, message=" ".join(held), code="held")
    return Verdict(
        target_id=payout.id,
        ok=True,
        message=f"{amount} is transferred to {payout.vendor.name} through Stripe.",
        amount=payout.amount,
        currency=payout.currency,
    )


def _look(payments: Payments, to: preflight.Destination) -> Settled | None:
    refusal = preflight.swallowed(payments, to)
    return None if refusal is None else Settled(result=Result.REFUSED, message=refusal, code="account_negative")


def _begin(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> send.TransferCall | Settled:
    del inputs
    try:
        what = send.begin(session, payout, acting=acting)
    except OutgoingStoppedError as stopped:
        return Settled(result=Result.WAIT, message=stopped.message, code=stopped.code)
    return what


def _resume(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> send.TransferCall | Settled:
    del inputs
    try:
        what = send.resume(session, payout, acting=acting)
    except OutgoingStoppedError as stopped:
        return Settled(result=Result.WAIT, message=stopped.message, code=stopped.code)
    return what or _end(payout)


def _settle(session: Session, payout: Payout, what: send.TransferCall, outcome: Outcome, acting: Acting) -> Settled:
    if not send.settle(session, payout, what, outcome, acting=acting):
        return Settled(result=Result.RETRY, message="Stripe has not given a final answer yet.", code="no_answer")
    return _end(payout)


def _end(payout: Payout) -> Settled:
    """How the transfer ended, whoever brought it to its end."""
    if payout.status is PayoutStatus.FAILED:
        return Settled(result=Result.FAILED, message=payout.failure_reason or "", code=payout.failure_code)
    if payout.status in {PayoutStatus.PENDING, PayoutStatus.CANCELLED}:
        # Somebody saw it fail and went on from there; what this person asked for did not happen.
        message = f"The transfer failed; the payout is {payout.status.label.lower()} since."
        return Settled(result=Result.FAILED, message=message, code="taken_up")
    return Settled(result=Result.DONE, message=f"{money.format_amount(payout.amount, payout.currency)} transferred.")


def second_person(session: Session, payouts: Sequence[Payout], inputs: Inputs) -> bool:
    """Whether one of these reaches the threshold of its currency (PAY-5)."""
    del inputs
    return any(send.needs_second_person(session, payout) for payout in payouts)


def _plan_check(session: Session, payouts: Sequence[Payout], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [
        Verdict(target_id=payout.id, ok=True, message="Stripe is asked; nothing is sent twice.") for payout in payouts
    ]


def _plan_cancel(session: Session, payouts: Sequence[Payout], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [
        Verdict(target_id=payout.id, ok=True, message="Will be cancelled; its lines go into a later payout.")
        for payout in payouts
    ]


def _plan_retry(session: Session, payouts: Sequence[Payout], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [
        Verdict(target_id=payout.id, ok=True, message="Becomes pending again and can be released anew.")
        for payout in payouts
    ]


def _cancel(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> str:
    manage.cancel(session, payout, reason=str(inputs["reason"]), acting=acting)
    return "Cancelled."


def _retry(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> str:
    del inputs
    manage.retry(session, payout, acting=acting)
    return "Pending again."


_SEND = External(
    begin=_begin,
    resume=_resume,
    call=send.call,
    settle=_settle,
    preflight=Preflight(needs=preflight.needs, check=preflight.check),
    glance=Glance(at=preflight.destination, check=_look),
)
_CHECK = External(begin=_resume, resume=_resume, call=send.call, settle=_settle)

ACTIONS = (
    Action(
        key="payout.release",
        label="Release",
        entity=Payout,
        permission=Permission.PAYOUTS_RELEASE,
        plan=_plan_release,
        run=_SEND,
        second_person=second_person,
        approve_permission=Permission.PAYOUTS_APPROVE,
        queue=QueueName.MONEY,
        tone=Tone.SUCCESS,
        consequence="The money is transferred to the vendors through Stripe. This cannot be undone.",
        allowed_from=frozenset({PayoutStatus.PENDING}),
        load=(Payout.vendor,),
    ),
    Action(
        key="payout.check",
        label="Ask Stripe again",
        entity=Payout,
        permission=Permission.PAYOUTS_RELEASE,
        plan=_plan_check,
        run=_CHECK,
        queue=QueueName.MONEY,
        consequence="Asks Stripe how the transfer ended; nothing is sent twice.",
        allowed_from=frozenset({PayoutStatus.PROCESSING}),
    ),
    Action(
        key="payout.retry",
        label="Make ready again",
        entity=Payout,
        permission=Permission.PAYOUTS_RELEASE,
        plan=_plan_retry,
        run=Each(run=_retry),
        queue=QueueName.MONEY,
        tone=Tone.WARNING,
        consequence="The payout becomes pending with a new attempt; it must be released again.",
        allowed_from=frozenset({PayoutStatus.FAILED}),
    ),
    Action(
        key="payout.cancel",
        label="Cancel",
        entity=Payout,
        permission=Permission.PAYOUTS_RELEASE,
        form=CancelPayoutForm,
        plan=_plan_cancel,
        run=Each(run=_cancel),
        queue=QueueName.MONEY,
        tone=Tone.DANGER,
        consequence="The payout is cancelled for good; its lines are free for a later payout.",
        allowed_from=frozenset({PayoutStatus.PENDING, PayoutStatus.FAILED}),
    ),
)
