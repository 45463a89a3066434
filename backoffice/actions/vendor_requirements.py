"""The lines of a vendor's checklist: answer (vendors, and admins for them), accept, refuse (VEN-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from wtforms import DateField, Form, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs
from backoffice.actions.moves import plan_move
from backoffice.clock import now
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services import settings
from backoffice.services.vendors import checklist
from models import User, UserProfile, VendorRequirement
from models.user import UserStatus
from models.vendor_requirement import RequirementKind, RequirementStatus

#: What the platform knows already, as a first answer.
_KNOWN: Final[dict[RequirementKind, Callable[[User, UserProfile], str | None]]] = {
    RequirementKind.LEGAL_NAME: lambda user, profile: profile.company_name or user.name,
    RequirementKind.ADDRESS: lambda _, profile: ", ".join(
        part
        for part in (
            profile.address_line1,
            profile.address_line2,
            profile.postal_code,
            profile.city,
            profile.state,
            profile.country,
        )
        if part
    ),
    RequirementKind.PHONE: lambda user, _: user.phone,
    RequirementKind.EMAIL: lambda user, _: user.email,
    RequirementKind.TRADE_REGISTER: lambda _, profile: profile.business_license,
    RequirementKind.SELF_CERTIFICATION: lambda *_: "We only offer products that comply with the rules of the law.",
}


class AnswerForm(Form):
    """The answer, beside which documents may lie."""

    answer = TextAreaField("Answer", validators=[DataRequired("Write the answer."), Length(max=2000)])

    @classmethod
    def for_target(cls, session: Session, requirement: VendorRequirement) -> dict[str, Any]:
        """Initial values: the answer of before, else what the profile says."""
        known = _KNOWN.get(requirement.kind)
        if requirement.answer is not None or known is None:
            return {"answer": requirement.answer}
        user = session.get_one(User, requirement.vendor_id)
        profile = session.scalars(sa.select(UserProfile).where(UserProfile.user_id == user.id)).one()
        return {"answer": known(user, profile)}


class RefuseAnswerForm(Form):
    """What is wrong, and by when it must be right."""

    reason = TextAreaField("What is wrong", validators=[DataRequired("Say what is wrong."), Length(max=2000)])
    due_on = DateField(
        "Answer until",
        validators=[Optional()],
        description="The end of this day, in UTC. An active vendor that has not answered then is suspended.",
    )

    @classmethod
    def for_target(cls, session: Session, requirement: VendorRequirement) -> dict[str, Any]:
        """Initial values: the usual time for vendors that are active."""
        status = session.scalars(sa.select(User.status).where(User.id == requirement.vendor_id)).one()
        days = dt.timedelta(days=int(settings.get(session, "vendors.answer_days")))
        return {"due_on": now().date() + days if status is UserStatus.ACTIVE else None}


def _answer(session: Session, requirement: VendorRequirement, inputs: Inputs, acting: Acting) -> str:
    checklist.answer(session, requirement, text=str(inputs["answer"]), acting=acting)
    return "Submitted."


def _accept(session: Session, requirement: VendorRequirement, inputs: Inputs, acting: Acting) -> str:
    del inputs
    checklist.accept(session, requirement, acting=acting)
    return "Accepted."


def _refuse(session: Session, requirement: VendorRequirement, inputs: Inputs, acting: Acting) -> str:
    day = inputs.get("due_on")
    due_at = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.max, dt.UTC) if day else None
    checklist.refuse(session, requirement, reason=str(inputs["reason"]), due_at=due_at, acting=acting)
    return "Refused; the vendor is told."


ACTIONS = (
    Action(
        key="requirement.answer",
        label="Answer",
        entity=VendorRequirement,
        permission=Permission.VENDORS_ANSWER,
        plan=plan_move(RequirementStatus.SUBMITTED, "An admin looks at the answer."),
        run=Each(run=_answer),
        allowed_from=RequirementStatus.sources(RequirementStatus.SUBMITTED),
        form=AnswerForm,
        bulk=False,
        consequence="An ID document is uploaded first.",
    ),
    Action(
        key="requirement.accept",
        label="Accept",
        entity=VendorRequirement,
        permission=Permission.VENDORS_VERIFY,
        plan=plan_move(RequirementStatus.ACCEPTED, "Is accepted, with your name and the time."),
        run=Each(run=_accept),
        allowed_from=RequirementStatus.sources(RequirementStatus.ACCEPTED),
        tone=Tone.SUCCESS,
    ),
    Action(
        key="requirement.refuse",
        label="Refuse",
        entity=VendorRequirement,
        permission=Permission.VENDORS_VERIFY,
        plan=plan_move(RequirementStatus.REFUSED, "Must be answered again; the vendor is told."),
        run=Each(run=_refuse),
        allowed_from=RequirementStatus.sources(RequirementStatus.REFUSED),
        form=RefuseAnswerForm,
        tone=Tone.DANGER,
        bulk=False,
        consequence="The vendor reads what is wrong. One that was verified is under review again.",
    ),
)
