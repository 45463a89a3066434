"""Disputes: assign, give back, prioritise, write, resolve, close, reopen: admins; answer: the order's vendor."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Plan, Verdict
from backoffice.actions.dispute_forms import (
    AnswerForm,
    AssignForm,
    MessageForm,
    PriorityForm,
    ReasonForm,
    ResolveForm,
)
from backoffice.actions.moves import plan_move, verdict
from backoffice.actions.people import by_email
from backoffice.enums import Tone
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services import dispute_attachments, dispute_news, dispute_opening, dispute_team, disputes
from backoffice.services.sla.keep import RUNNING
from models import Dispute, Order
from models.dispute import DisputeOutcome, DisputePriority, DisputeStatus
from models.dispute_event import WaitingFor


def _plan_words(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    return [_words(session, row, inputs, acting) for row in rows]


def _words(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> Verdict:
    try:
        dispute_attachments.chosen(session, row.id, _files(inputs), acting=acting)
    except DomainError as refused:
        return Verdict(target_id=row.id, ok=False, message=refused.message, code=refused.code)
    return Verdict(target_id=row.id, ok=True, message="The message is added for good.")


def _files(inputs: Inputs) -> list[uuid.UUID]:
    return [uuid.UUID(one) for one in inputs.get("attachments") or ()]


def _plan_assign(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs
    text = "The assignee is told and works on it."
    return [
        Verdict(target_id=row.id, ok=True, message=text)
        if row.status is DisputeStatus.IN_REVIEW
        else verdict(row, DisputeStatus.IN_REVIEW, acting, text)
        for row in rows
    ]


def _plan_decision(to: DisputeStatus, sentence: str) -> Plan:
    """The dry run of a step that nobody takes in their own case (DSP-10)."""
    move = plan_move(to, sentence)

    def plan(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
        return [
            _own_case(row, acting) or verdict
            for row, verdict in zip(rows, move(session, rows, inputs, acting), strict=True)
        ]

    return plan


def _own_case(row: Dispute, acting: Acting) -> Verdict | None:
    if acting.user_id not in dispute_team.parties(row):
        return None
    return Verdict(target_id=row.id, ok=False, message=disputes.OWN_CASE, code="own_case")


def _plan_least_loaded(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    verdicts = _plan_assign(session, rows, inputs, acting)
    return [
        Verdict(target_id=row.id, ok=True, message="Goes to the admin who has the fewest.") if verdict.ok else verdict
        for row, verdict in zip(rows, verdicts, strict=True)
    ]


def _plan_priority(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, acting
    wanted = inputs.get("priority")
    return [
        Verdict(target_id=row.id, ok=False, message=f"Its priority is {row.priority.label.lower()} already.")
        if row.priority == wanted
        else Verdict(target_id=row.id, ok=True, message="Its targets are counted anew from its creation.")
        for row in rows
    ]


def _plan_resolve(session: Session, rows: Sequence[Dispute], inputs: Inputs, acting: Acting) -> list[Verdict]:
    orders = {
        order.id: order for order in session.scalars(sa.select(Order).where(Order.id.in_([r.order_id for r in rows])))
    }
    return [_resolution(session, row, orders[row.order_id], inputs, acting) for row in rows]


def _resolution(session: Session, row: Dispute, order: Order, inputs: Inputs, acting: Acting) -> Verdict:
    """What a decision means in money, as far as the form is filled in."""
    general = _own_case(row, acting) or verdict(
        row, DisputeStatus.RESOLVED, acting, "Is decided; the vendor is told the outcome."
    )
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
    wait_for = WaitingFor(inputs["wait_for"]) if inputs.get("wait_for") else None
    dispute_news.add_message(
        session,
        row,
        text=inputs["text"],
        is_internal=internal,
        wait_for=wait_for,
        attachments=_files(inputs),
        acting=acting,
    )
    return "Internal message added." if internal else "Message added; the vendor is told."


def _answer(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    dispute_news.answer(session, row, text=inputs["text"], attachments=_files(inputs), acting=acting)
    return "Answer added."


def _least_loaded(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    del inputs
    return f"Assigned to {disputes.assign_least_loaded(session, row, acting=acting)}."


def _prioritise(session: Session, row: Dispute, inputs: Inputs, acting: Acting) -> str:
    to = DisputePriority(inputs["priority"])
    dispute_opening.prioritise(session, row, to, reason=inputs["reason"], acting=acting)
    return f"Priority {to.label.lower()}."


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


def _action(
    verb: str,
    label: str,
    run: Callable[[Session, Any, Inputs, Acting], str],
    permission: Permission = Permission.DISPUTES_WORK,
    **options: Any,
) -> Action:
    return Action(
        key=f"dispute.{verb}",
        label=label,
        entity=Dispute,
        permission=permission,
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
        allowed_from=frozenset(RUNNING),
    ),
    _action(
        "least_loaded",
        "Assign to whoever has fewest",
        _least_loaded,
        plan=_plan_least_loaded,
        allowed_from=frozenset(RUNNING),
    ),
    _action(
        "prioritise",
        "Change the priority",
        _prioritise,
        plan=_plan_priority,
        form=PriorityForm,
        allowed_from=frozenset(RUNNING),
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
        plan=_plan_words,
        form=MessageForm,
        allowed_from=frozenset(DisputeStatus) - {DisputeStatus.CLOSED},
        consequence="Messages can be neither changed nor deleted.",
        bulk=False,
    ),
    _action(
        "answer",
        "Answer",
        _answer,
        Permission.DISPUTES_ANSWER,
        plan=_plan_words,
        form=AnswerForm,
        allowed_from=frozenset(RUNNING),
        consequence="Admins and the customer read it. It can be neither changed nor deleted.",
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
        plan=_plan_decision(DisputeStatus.CLOSED, "Is closed for good."),
        allowed_from=DisputeStatus.sources(DisputeStatus.CLOSED),
        consequence="A closed dispute cannot be reopened. An open one counts as withdrawn by the customer.",
    ),
    _action(
        "reopen",
        "Reopen",
        _reopen,
        plan=_plan_decision(DisputeStatus.IN_REVIEW, "Is in review again."),
        form=ReasonForm,
        allowed_from=frozenset({DisputeStatus.RESOLVED}),
        tone=Tone.WARNING,
    ),
)
