"""Chargebacks: add evidence, and send the answer to the bank, which works once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, External, Inputs, Result, Settled, Verdict
from backoffice.actions.choices import choices
from backoffice.enums import Tone
from backoffice.errors import DomainError
from backoffice.gateways.payments import Outcome
from backoffice.permissions import Permission
from backoffice.services.chargebacks import evidence
from backoffice.services.chargebacks.pack import LONGEST, assemble
from models import Chargeback
from models.chargeback import ANSWERABLE, EvidenceKind
from models.operation import QueueName


class EvidenceForm(Form):
    """A text for the bank."""

    kind = SelectField("About", choices=choices(EvidenceKind))
    text = TextAreaField("Text", validators=[DataRequired(), Length(max=LONGEST)])


def _plan_add(session: Session, chargebacks: Sequence[Chargeback], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del inputs, acting
    return [_verdict(session, row, "Is kept for the answer; it cannot be changed then.") for row in chargebacks]


def _plan_submit(session: Session, chargebacks: Sequence[Chargeback], inputs: Inputs, acting: Acting) -> list[Verdict]:
    """The dry run is the preview: all that the bank will read, question by question (DSP-8)."""
    del inputs, acting
    return [_verdict(session, row, _preview(session, row)) for row in chargebacks]


def _verdict(session: Session, chargeback: Chargeback, message: str) -> Verdict:
    try:
        evidence.check_open(session, chargeback)
    except DomainError as refusal:
        return Verdict(target_id=chargeback.id, ok=False, message=refusal.message, code=refusal.code)
    return Verdict(target_id=chargeback.id, ok=True, message=message)


def _preview(session: Session, chargeback: Chargeback) -> str:
    texts = assemble(session, chargeback).items()
    return "\n".join(f"{kind.replace('_', ' ').capitalize()}: {text}" for kind, text in texts)


def _add(session: Session, chargeback: Chargeback, inputs: Inputs, acting: Acting) -> str:
    evidence.add(session, chargeback, kind=EvidenceKind(inputs["kind"]), text=str(inputs["text"]), acting=acting)
    return "Added."


def _second_person(session: Session, chargebacks: Sequence[Chargeback], inputs: Inputs) -> bool:
    del inputs
    return any(evidence.needs_second_person(session, row) for row in chargebacks)


def _begin(session: Session, chargeback: Chargeback, inputs: Inputs, acting: Acting) -> evidence.EvidenceCall:
    del inputs
    return evidence.begin(session, chargeback, acting=acting)


def _resume(
    session: Session, chargeback: Chargeback, inputs: Inputs, acting: Acting
) -> evidence.EvidenceCall | Settled:
    del inputs, acting
    return evidence.resume(session, chargeback) or _end(chargeback)


def _settle(
    session: Session, chargeback: Chargeback, what: evidence.EvidenceCall, outcome: Outcome, acting: Acting
) -> Settled:
    if not evidence.settle(session, chargeback, what, outcome, acting=acting):
        return Settled(result=Result.RETRY, message="Stripe has not given a final answer yet.", code="no_answer")
    return _end(chargeback)


def _end(chargeback: Chargeback) -> Settled:
    """How sending it ended, whoever brought it to its end."""
    if chargeback.evidence_submitted_at is None:
        return Settled(result=Result.FAILED, message=chargeback.failure_reason or "", code="not_submitted")
    return Settled(result=Result.DONE, message="The bank has our answer.")


ACTIONS = (
    Action(
        key="chargeback.add_evidence",
        label="Add evidence",
        entity=Chargeback,
        permission=Permission.CHARGEBACKS_ANSWER,
        form=EvidenceForm,
        plan=_plan_add,
        run=Each(run=_add),
        queue=QueueName.MONEY,
        consequence="The text becomes part of the answer to the bank.",
        bulk=False,
        allowed_from=ANSWERABLE,
    ),
    Action(
        key="chargeback.submit_evidence",
        label="Answer the bank",
        entity=Chargeback,
        permission=Permission.CHARGEBACKS_ANSWER,
        plan=_plan_submit,
        run=External(begin=_begin, resume=_resume, call=evidence.call, settle=_settle),
        second_person=_second_person,
        approve_permission=Permission.CHARGEBACKS_APPROVE,
        queue=QueueName.MONEY,
        tone=Tone.WARNING,
        consequence="All of it goes to the customer's bank, once. It cannot be changed or sent again.",
        bulk=False,
        allowed_from=ANSWERABLE,
    ),
)
