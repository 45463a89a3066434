"""Disputes: assign, give back, write a message, resolve, close, reopen. Admins only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from wtforms import BooleanField, Form, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.choices import choices
from backoffice.actions.moves import plan_move, verdict
from backoffice.actions.people import by_email
from backoffice.enums import Tone
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services import dispute_news, disputes
from models import Dispute, Order
from models.dispute import DisputeOutcome, DisputeStatus


class AssignForm(Form):
    """Who works on it."""

    assignee = StringField(
        "E-mail of the admin", description="Leave empty to take it yourself.", validators=[Optional(), Length(max=254)]
    )


class ReasonForm(Form):
    """Why."""

    reason = TextAreaField("Reason", validators=[InputRequired("Say why."), Length(max=2000)])


class MessageForm(Form):
    """What to write, and who may read it."""

    text = TextAreaField("Message", validators=[InputRequired("Write a message."), Length(max=5000)])
    #: What is not said to be public stays internal, whoever forgot to say it.
    is_public = BooleanField("Public: vendor and customer may read it")


class ResolveForm(Form):
    """The decision (DSP-1)."""

    outcome = SelectField("Outcome", choices=choices(DisputeOutcome))
    amount = StringField(
        "Amount to refund",
        description="In the currency of the order; for a partial refund only.",
        validators=[Optional(), Length(max=20)],
    )
    notes = TextAreaField(
        "Notes", description="How you came to the decision.", validators=[InputRequired("Say why."), Length(max=5000)]
    )


def _plan_any(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [Verdict(target_id=row.id, ok=True, message="The message is added for good.") for row in rows]


def _plan_assign(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs
    text = "The assignee is told and works on it."
    return [
        Verdict(target_id=row.id, ok=True, message=text)
        if row.status is DisputeStatus.IN_REVIEW
        else verdict(row, DisputeStatus.IN_REVIEW, acting, text)
        for row in rows
    ]


def _plan_resolve(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    orders = {
        order.id: order for order in session.scalars(sa.select(Order).where(Order.id.in_([r.order_id for r in rows])))
    }
    return [_resolution(session, row, orders[row.order_id], inputs, acting) for row in rows]


def _resolution(session: Session, row: Dispute, order: Order, inputs: Inputs, acting: Acting) -> Verdict:
    """What a decision means in money, as far as the form is filled in."""
    general = verdict(row, DisputeStatus.RESOLVED, acting, "Is decided; the vendor is told the outcome.")
    if not general.ok or not inputs.get("outcome"):
        return general
    try:
        outcome, amount = _decision(row, inputs)
        approved = disputes.approved_amount(session, row, order, outcome, amount)
    except DomainError as refused:
        return Verdict(target_id=row.id, ok=False, message=refused.message, code=refused.code)
    if approved is None:
        return general
    text = f"A refund of {money.format_amount(approved, order.currency)} is requested; finance approves it."
    return Verdict(target_id=row.id, ok=True, message=text, amount=approved, currency=order.currency)


def _decision(row: Dispute, inputs: Inputs) -> tuple[DisputeOutcome, Any]:
    amount = inputs.get("amount")
    return DisputeOutcome(inputs["outcome"]), money.parse_amount(amount, row.currency) if amount else None


def _assign(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    assignee = disputes.assign(session, row, by_email(session, inputs.get("assignee"), acting), acting=acting)
    return f"Assigned to {assignee}."


def _unassign(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    disputes.unassign(session, row, reason=inputs["reason"], acting=acting)
    return "Back among the open ones."


def _message(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    internal = not inputs.get("is_public")
    dispute_news.add_message(session, row, text=inputs["text"], is_internal=internal, acting=acting)
    return "Internal message added." if internal else "Message added; the vendor is told."


def _resolve(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    outcome, amount = _decision(row, inputs)
    refund = disputes.resolve(session, row, outcome=outcome, notes=inputs["notes"], amount=amount, acting=acting)
    asked = f" A refund of {money.format_amount(refund.amount, refund.currency)} is requested." if refund else ""
    return f"Resolved: {outcome.label.lower()}.{asked}"


def _close(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    del inputs
    disputes.close(session, row, acting=acting)
    return "Closed."


def _reopen(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    disputes.reopen(session, row, reason=inputs["reason"], acting=acting)
    return "In review again."


def _action(verb: str, label: str, run: Callable[[Session, Any, Inputs, Acting], str], **options: Any) -> Action:
    return Action(
        key=f"dispute.{verb}",
        label=label,
        entity=Dispute,
        permission=Permission.DISPUTES_WORK,
        run=Each(run=run),
        **options,
    )


ACTIONS = (
    _action(
        "assign",
        "Assign",
        _assign,
        plan=_plan_assign,
        form=AssignForm,
        allowed_from=frozenset({DisputeStatus.OPEN, DisputeStatus.IN_REVIEW}),
    ),
    _action(
        "unassign",
        "Give back",
        _unassign,
        plan=plan_move(DisputeStatus.OPEN, "Goes back among the open ones."),
        form=ReasonForm,
        allowed_from=frozenset({DisputeStatus.IN_REVIEW}),
    ),
    _action(
        "message",
        "Write a message",
        _message,
        plan=_plan_any,
        form=MessageForm,
        allowed_from=frozenset(DisputeStatus) - {DisputeStatus.CLOSED},
        consequence="Messages can be neither changed nor deleted.",
        bulk=False,
    ),
    _action(
        "resolve",
        "Resolve",
        _resolve,
        plan=_plan_resolve,
        form=ResolveForm,
        allowed_from=frozenset({DisputeStatus.IN_REVIEW}),
        tone=Tone.SUCCESS,
        consequence="An outcome with money requests the refund at once; finance approves it.",
        bulk=False,
    ),
    _action(
        "close",
        "Close",
        _close,
        plan=plan_move(DisputeStatus.CLOSED, "Is closed for good."),
        allowed_from=DisputeStatus.sources(DisputeStatus.CLOSED),
        consequence="A closed dispute cannot be reopened. An open one counts as withdrawn by the customer.",
    ),
    _action(
        "reopen",
        "Reopen",
        _reopen,
        plan=plan_move(DisputeStatus.IN_REVIEW, "Is in review again."),
        form=ReasonForm,
        allowed_from=frozenset({DisputeStatus.RESOLVED}),
        tone=Tone.WARNING,
    ),
)
