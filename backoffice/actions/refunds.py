"""Refunds: ask for one on an order; approve, reject, try again, ask Stripe how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session
from wtforms import (
    Form,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, External, Inputs, Result, Settled, Verdict
from backoffice.actions.refund_forms import RefundRequestForm, asked, bearer, restock_sentence
from backoffice.enums import Tone
from backoffice.errors import DomainError
from backoffice.gateways.payments import Outcome
from backoffice.permissions import Permission
from backoffice.services import orders as orders_service
from backoffice.services.chargebacks.running import ChargedBackError, all_disputed, running
from backoffice.services.provider_calls import OutgoingStoppedError
from backoffice.services.refunds import decide, dry_run, send
from backoffice.services.refunds.draft import draft
from backoffice.services.refunds.request import request
from models import Order, Refund
from models.operation import QueueName
from models.order import PaymentStatus
from models.refund import RefundReason, RefundStatus


class RejectRefundForm(Form):
    """Why a refund is turned down."""

    note = TextAreaField("Reason", validators=[DataRequired(), Length(max=2000)])


def _plan_request(session: Session, orders: Sequence[Order], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del acting
    return [_verdict_on_request(session, order, inputs) for order in orders]


def _verdict_on_request(session: Session, order: Order, inputs: Inputs) -> Verdict:
    """What can be refunded while the form is open, and what would be once it is filled in (REF-10)."""
    if all_disputed(session, order):
        refusal = ChargedBackError()
        return Verdict(target_id=order.id, ok=False, message=refusal.message, code=refusal.code)
    left = orders_service.refundable(session, order)
    text = money.format_amount(left, order.currency)
    if left <= 0:
        return Verdict(
            target_id=order.id, ok=False, message="Nothing is left to refund.", code="refund_exceeds_balance"
        )
    if not inputs:
        return Verdict(target_id=order.id, ok=True, message=f"Up to {text} can be refunded.")
    try:
        kind, amount, lines = asked(session, order, inputs)
        wanted = draft(session, order, kind, amount=amount, lines=lines)
    except DomainError as refusal:
        return Verdict(target_id=order.id, ok=False, message=refusal.message, code=refusal.code)
    if wanted.total > left:
        message = f"Only {text} is left to refund on this order."
        return Verdict(target_id=order.id, ok=False, message=message, code="refund_exceeds_balance")
    effect = dry_run.sentence(session, order, dry_run.of_draft(session, order, kind, wanted, bearer(inputs)))
    back = restock_sentence(session, lines, inputs)
    message = f"{money.format_amount(wanted.total, order.currency)} will be requested: {effect}{back}"
    return Verdict(target_id=order.id, ok=True, message=message, amount=wanted.total, currency=order.currency)


def _request(session: Session, order: Order, inputs: Inputs, acting: Acting) -> str:
    kind, amount, lines = asked(session, order, inputs)
    refund = request(
        session,
        order=order,
        kind=kind,
        reason=RefundReason(inputs["reason"]),
        amount=amount,
        lines=lines,
        note=inputs.get("note"),
        bearer=bearer(inputs),
        restock=bool(inputs.get("restock")),
        acting=acting,
    )
    second = " Somebody else must approve it." if refund.second_person_required else ""
    return f"Requested {money.format_amount(refund.amount, refund.currency)}.{second}"


def _plan_send(session: Session, refunds: Sequence[Refund], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del inputs
    disputed = running(session, {refund.payment_id for refund in refunds})
    return [_verdict(session, refund, acting, disputed=refund.payment_id in disputed) for refund in refunds]


def _verdict(session: Session, refund: Refund, acting: Acting, *, disputed: bool) -> Verdict:
    amount = money.format_amount(refund.amount, refund.currency)
    try:
        decide.check_checker(refund, acting)
        if disputed:
            raise ChargedBackError
    except DomainError as refusal:
        return Verdict(target_id=refund.id, ok=False, message=refusal.message, code=refusal.code)
    # In memory already where the engine loaded the targets.
    order = session.get_one(Order, refund.order_id)
    effect = dry_run.sentence(session, order, dry_run.of_refund(session, refund, order))
    return Verdict(
        target_id=refund.id,
        ok=True,
        message=f"{amount} goes back to the customer through Stripe: {effect}",
        amount=refund.amount,
        currency=refund.currency,
    )


def _begin(session: Session, refund: Refund, inputs: Inputs, acting: Acting) -> send.RefundCall | Settled:
    del inputs
    try:
        what = send.begin(session, refund, acting=acting)
    except OutgoingStoppedError as stopped:
        return Settled(result=Result.WAIT, message=stopped.message, code=stopped.code)
    return what


def _resume(session: Session, refund: Refund, inputs: Inputs, acting: Acting) -> send.RefundCall | Settled:
    del inputs, acting
    try:
        what = send.resume(session, refund)
    except OutgoingStoppedError as stopped:
        return Settled(result=Result.WAIT, message=stopped.message, code=stopped.code)
    return what or _end(refund)


def _settle(session: Session, refund: Refund, what: send.RefundCall, outcome: Outcome, acting: Acting) -> Settled:
    final = send.settle(session, refund, what, outcome, acting=acting)
    if not final:
        return Settled(result=Result.RETRY, message="Stripe has not given a final answer yet.", code="no_answer")
    return _end(refund)


def _end(refund: Refund) -> Settled:
    """How the refund ended, whoever brought it to its end."""
    if refund.status is RefundStatus.FAILED:
        return Settled(result=Result.FAILED, message=refund.failure_reason or "", code=refund.failure_code)
    return Settled(result=Result.DONE, message=f"{money.format_amount(refund.amount, refund.currency)} refunded.")


def _plan_reject(session: Session, refunds: Sequence[Refund], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [
        Verdict(target_id=refund.id, ok=True, message="Will be rejected; the requester is told why.")
        for refund in refunds
    ]


def _reject(session: Session, refund: Refund, inputs: Inputs, acting: Acting) -> str:
    decide.reject(session, refund, note=str(inputs["note"]), acting=acting)
    return "Rejected."


def _plan_check(session: Session, refunds: Sequence[Refund], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [
        Verdict(target_id=refund.id, ok=True, message="Stripe is asked; nothing is sent twice.") for refund in refunds
    ]


_SEND = External(begin=_begin, resume=_resume, call=send.call, settle=_settle)
_CHECK = External(begin=_resume, resume=_resume, call=send.call, settle=_settle)

ACTIONS = (
    Action(
        key="refund.request",
        label="Request a refund",
        entity=Order,
        permission=Permission.REFUNDS_REQUEST,
        form=RefundRequestForm,
        plan=_plan_request,
        run=Each(run=_request),
        queue=QueueName.MONEY,
        tone=Tone.WARNING,
        consequence="Finance is asked to approve it; the amount is reserved on the payment at once.",
        bulk=False,
        status_attribute="payment_status",
        allowed_from=frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED}),
    ),
    Action(
        key="refund.approve",
        label="Approve and send",
        entity=Refund,
        permission=Permission.REFUNDS_APPROVE,
        plan=_plan_send,
        run=_SEND,
        load=(Refund.order,),
        queue=QueueName.MONEY,
        tone=Tone.SUCCESS,
        consequence="Stripe is asked to pay the money back to the customer. This cannot be undone.",
        allowed_from=frozenset({RefundStatus.REQUESTED, RefundStatus.APPROVED}),
    ),
    Action(
        key="refund.retry",
        label="Try again",
        entity=Refund,
        permission=Permission.REFUNDS_APPROVE,
        plan=_plan_send,
        run=_SEND,
        load=(Refund.order,),
        queue=QueueName.MONEY,
        tone=Tone.WARNING,
        consequence="A new attempt is sent to Stripe.",
        allowed_from=frozenset({RefundStatus.FAILED}),
    ),
    Action(
        key="refund.check",
        label="Ask Stripe again",
        entity=Refund,
        permission=Permission.REFUNDS_APPROVE,
        plan=_plan_check,
        run=_CHECK,
        queue=QueueName.MONEY,
        consequence="Asks Stripe how the refund ended; nothing is sent twice.",
        allowed_from=frozenset({RefundStatus.PROCESSING}),
    ),
    Action(
        key="refund.reject",
        label="Reject",
        entity=Refund,
        permission=Permission.REFUNDS_APPROVE,
        form=RejectRefundForm,
        plan=_plan_reject,
        run=Each(run=_reject),
        queue=QueueName.MONEY,
        tone=Tone.DANGER,
        consequence="The reserved amount is free again and the requester is told why.",
        allowed_from=frozenset({RefundStatus.REQUESTED}),
    ),
)
