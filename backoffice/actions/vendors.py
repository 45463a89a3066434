"""Vendors: the verdict on their checklist, and suspending, reinstating and terminating them (VEN-1 to VEN-3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session
from wtforms import Form, SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Plan, Verdict
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services.transitions import refusal
from backoffice.services.vendors import suspension, termination, verification
from backoffice.services.vendors.effects import Effect
from models import VendorProfile
from models.user import UserStatus
from models.vendor_profile import VerificationStatus

_PAUSE = "pause"


class VendorReasonForm(Form):
    """Why; the vendor reads it, and it is kept."""

    reason = TextAreaField("Reason", validators=[DataRequired("Say why."), Length(max=500)])


class SuspendForm(VendorReasonForm):
    """Why, and what becomes of the plan that the vendor pays for."""

    subscription = SelectField(
        "Subscription",
        choices=[SelectChoice("keep", "Keeps running"), SelectChoice(_PAUSE, "Pauses until the vendor is reinstated")],
        default="keep",
    )


def _lines(effects: Sequence[Effect]) -> str:
    """The effects as the preview shows them and as the operation keeps them, one a line."""
    return "\n".join(str(one) for one in effects)


def _plan(
    foretell: Callable[[Session, VendorProfile, Inputs], Sequence[Effect]],
    why_not: Callable[[Session, VendorProfile], str | None] | None = None,
) -> Plan:
    """A dry run that shows every effect, or the sentence that says why not."""

    def plan(session: Session, rows: Sequence[VendorProfile], inputs: Inputs, acting: Acting) -> list[Verdict]:
        del acting
        found = []
        for profile in rows:
            sentence = why_not(session, profile) if why_not else None
            message = sentence or _lines(foretell(session, profile, inputs))
            code = "refused" if sentence else None
            found.append(Verdict(target_id=profile.id, ok=sentence is None, message=message, code=code))
        return found

    return plan


def _plan_verdict(to: VerificationStatus, sentence: str) -> Plan:
    """A dry run of a step of the verification; approval needs the whole checklist."""

    def plan(session: Session, rows: Sequence[VendorProfile], inputs: Inputs, acting: Acting) -> list[Verdict]:
        del inputs
        found = []
        for profile in rows:
            status = profile.verification_status
            absent = None if status.allows(to, acting.actor) else refusal(status, to, acting.actor)
            if absent is None and to is VerificationStatus.APPROVED:
                absent = verification.why_not_approved(session, profile)
            code = "refused" if absent else None
            found.append(Verdict(target_id=profile.id, ok=absent is None, message=absent or sentence, code=code))
        return found

    return plan


def _pauses(inputs: Inputs) -> bool:
    return inputs.get("subscription") == _PAUSE


def _suspend(session: Session, profile: VendorProfile, inputs: Inputs, acting: Acting) -> str:
    done = suspension.suspend(session, profile, reason=str(inputs["reason"]), pauses=_pauses(inputs), acting=acting)
    return _lines(done)


def _reinstate(session: Session, profile: VendorProfile, inputs: Inputs, acting: Acting) -> str:
    return _lines(suspension.reinstate(session, profile, reason=str(inputs["reason"]), acting=acting))


def _terminate(session: Session, profile: VendorProfile, inputs: Inputs, acting: Acting) -> str:
    return _lines(termination.terminate(session, profile, reason=str(inputs["reason"]), acting=acting))


def _approve(session: Session, profile: VendorProfile, inputs: Inputs, acting: Acting) -> str:
    del inputs
    verification.approve(session, profile, acting=acting)
    return "Verified."


def _reject(session: Session, profile: VendorProfile, inputs: Inputs, acting: Acting) -> str:
    verification.reject(session, profile, reason=str(inputs["reason"]), acting=acting)
    return "Rejected; the vendor is told."


def _give_back(session: Session, profile: VendorProfile, inputs: Inputs, acting: Acting) -> str:
    verification.give_back(session, profile, reason=str(inputs["reason"]), acting=acting)
    return "Given back; the vendor is told."


ACTIONS = (
    Action(
        key="vendor.approve",
        label="Verify",
        entity=VendorProfile,
        permission=Permission.VENDORS_VERIFY,
        plan=_plan_verdict(VerificationStatus.APPROVED, "Is verified; the user can be activated then."),
        run=Each(run=_approve),
        allowed_from=VerificationStatus.sources(VerificationStatus.APPROVED),
        status_attribute="verification_status",
        tone=Tone.SUCCESS,
    ),
    Action(
        key="vendor.give_back",
        label="Ask for changes",
        entity=VendorProfile,
        permission=Permission.VENDORS_VERIFY,
        plan=_plan_verdict(VerificationStatus.PENDING, "Goes back to the vendor."),
        run=Each(run=_give_back),
        allowed_from=frozenset({VerificationStatus.UNDER_REVIEW}),
        status_attribute="verification_status",
        form=VendorReasonForm,
        tone=Tone.WARNING,
        consequence="Refuse the answers that must change as well; the vendor gets your reason.",
    ),
    Action(
        key="vendor.reject",
        label="Reject",
        entity=VendorProfile,
        permission=Permission.VENDORS_VERIFY,
        plan=_plan_verdict(VerificationStatus.REJECTED, "Is rejected."),
        run=Each(run=_reject),
        allowed_from=VerificationStatus.sources(VerificationStatus.REJECTED),
        status_attribute="verification_status",
        form=VendorReasonForm,
        tone=Tone.DANGER,
        consequence="The vendor gets your reason, and is looked at again when it answers what was refused.",
    ),
    Action(
        key="vendor.suspend",
        label="Suspend",
        entity=VendorProfile,
        permission=Permission.VENDORS_SUSPEND,
        plan=_plan(
            lambda session, profile, inputs: suspension.foretell_suspension(session, profile, pauses=_pauses(inputs))
        ),
        run=Each(run=_suspend),
        allowed_from=frozenset({UserStatus.ACTIVE}),
        status_attribute="standing",
        form=SuspendForm,
        tone=Tone.DANGER,
        bulk=False,
        preview=True,
        consequence="At once nothing of the vendor is sold, its people are signed out, what they have queued is refused"
        " and they get no messages but those that the law wants. Earnings still accrue, and refunds stay possible.",
    ),
    Action(
        key="vendor.reinstate",
        label="Reinstate",
        entity=VendorProfile,
        permission=Permission.VENDORS_SUSPEND,
        plan=_plan(
            lambda session, profile, _inputs: suspension.foretell_reinstatement(session, profile),
            suspension.why_not_reinstated,
        ),
        run=Each(run=_reinstate),
        allowed_from=frozenset({UserStatus.SUSPENDED}),
        status_attribute="standing",
        form=VendorReasonForm,
        tone=Tone.SUCCESS,
        bulk=False,
        consequence="Everything is as it was before; the vendor signs in anew.",
    ),
    Action(
        key="vendor.terminate",
        label="Terminate",
        entity=VendorProfile,
        permission=Permission.VENDORS_TERMINATE,
        plan=_plan(lambda session, profile, _inputs: termination.foretell(session, profile), termination.why_not),
        run=Each(run=_terminate),
        form=VendorReasonForm,
        tone=Tone.DANGER,
        bulk=False,
        preview=True,
        consequence="This cannot be undone, not by anybody. All records are kept.",
    ),
)
