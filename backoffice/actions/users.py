"""Users: let them work, switch them off, shut them out, take them back, give them another role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Plan, Verdict
from backoffice.actions.choices import choices
from backoffice.enums import Tone
from backoffice.permissions import Permission, Role
from backoffice.services import user_sessions, users
from backoffice.services.vendors import checklist
from models.user import User, UserStatus


class ReasonForm(Form):
    """Why; it is kept in the history."""

    reason = TextAreaField("Reason", validators=[InputRequired(), Length(max=500)])


class NoteForm(Form):
    """Why, if there is something to say."""

    reason = TextAreaField("Reason", validators=[Optional(), Length(max=500)])


class RoleForm(Form):
    """The new role, and why."""

    role = SelectField("Role", choices=choices(user_sessions.STAFF_ROLES))
    reason = TextAreaField("Reason", validators=[InputRequired(), Length(max=500)])


def _plan(outcome: str, *, to_self: str | None = None) -> Plan:
    """The dry run: every user in an allowed status will have `outcome`; oneself gets `to_self` as a refusal."""

    def plan(session: Session, rows: Sequence[User], inputs: Inputs, acting: Acting) -> list[Verdict]:
        del session, inputs
        return [
            Verdict(target_id=user.id, ok=False, message=to_self, code="forbidden")
            if to_self and user.id == acting.user_id
            else Verdict(target_id=user.id, ok=True, message=outcome)
            for user in rows
        ]

    return plan


def _reason(inputs: Inputs) -> str | None:
    return inputs.get("reason") or None


def _plan_activate(session: Session, rows: Sequence[User], inputs: Inputs, acting: Acting) -> list[Verdict]:
    """The dry run; vendors are told what is missing (VEN-3)."""
    del inputs, acting
    absent = {
        user.id: sentence
        for user in rows
        if user.role is Role.VENDOR and (sentence := checklist.why_not_active(session, user.id))
    }
    return [
        Verdict(target_id=user.id, ok=False, message=absent[user.id], code="checklist_incomplete")
        if user.id in absent
        else Verdict(target_id=user.id, ok=True, message="Will be able to sign in.")
        for user in rows
    ]


def _plan_people(outcome: str, *, to_self: str | None = None) -> Plan:
    """As `_plan`, for what happens to a vendor on its vendor profile only (VEN-1)."""
    everybody = _plan(outcome, to_self=to_self)

    def plan(session: Session, rows: Sequence[User], inputs: Inputs, acting: Acting) -> list[Verdict]:
        return [
            Verdict(target_id=user.id, ok=False, message=users.OF_VENDORS, code="vendor")
            if user.role is Role.VENDOR
            else verdict
            for user, verdict in zip(rows, everybody(session, rows, inputs, acting), strict=True)
        ]

    return plan


def _activate(session: Session, user: User, inputs: Inputs, acting: Acting) -> str:
    users.activate(session, user_id=user.id, acting=acting, reason=_reason(inputs))
    return "Can sign in now."


def _deactivate(session: Session, user: User, inputs: Inputs, acting: Acting) -> str:
    users.deactivate(session, user_id=user.id, acting=acting, reason=_reason(inputs))
    return "Cannot sign in any more."


def _suspend(session: Session, user: User, inputs: Inputs, acting: Acting) -> str:
    users.suspend(session, user_id=user.id, acting=acting, reason=str(inputs["reason"]))
    return "Suspended."


def _reinstate(session: Session, user: User, inputs: Inputs, acting: Acting) -> str:
    users.reinstate(session, user_id=user.id, acting=acting, reason=_reason(inputs))
    return "Reinstated."


def _change_role(session: Session, user: User, inputs: Inputs, acting: Acting) -> str:
    changed = users.change_role(
        session, user_id=user.id, role=Role(inputs["role"]), acting=acting, reason=_reason(inputs)
    )
    return f"Is {changed.role.label} now."


def _action(verb: str, label: str, **options: Any) -> Action:
    return Action(key=f"user.{verb}", label=label, entity=User, permission=Permission.USERS_WRITE, **options)


ACTIONS = (
    _action(
        "activate",
        "Activate",
        allowed_from=frozenset({UserStatus.PENDING, UserStatus.INACTIVE}),
        form=NoteForm,
        plan=_plan_activate,
        run=Each(run=_activate),
        tone=Tone.SUCCESS,
        consequence="These people can sign in and work.",
    ),
    _action(
        "deactivate",
        "Deactivate",
        allowed_from=UserStatus.sources(UserStatus.INACTIVE),
        form=NoteForm,
        plan=_plan("Will be signed out and cannot sign in."),
        run=Each(run=_deactivate),
        tone=Tone.WARNING,
        consequence="Their sessions end at once, and what they have queued is refused.",
    ),
    _action(
        "suspend",
        "Suspend",
        allowed_from=frozenset({UserStatus.ACTIVE}),
        form=ReasonForm,
        plan=_plan_people("Will be shut out.", to_self="Nobody suspends himself: ask another admin."),
        run=Each(run=_suspend),
        tone=Tone.DANGER,
        consequence="Their sessions end at once, and what they have queued is refused.",
    ),
    _action(
        "reinstate",
        "Reinstate",
        allowed_from=frozenset({UserStatus.SUSPENDED}),
        form=NoteForm,
        plan=_plan_people("Will be able to sign in again."),
        run=Each(run=_reinstate),
        tone=Tone.SUCCESS,
        consequence="These people can sign in and work again.",
    ),
    _action(
        "change_role",
        "Change role",
        form=RoleForm,
        plan=_plan(
            "Will be signed out and have the new role.", to_self="Nobody changes his own role: ask another admin."
        ),
        run=Each(run=_change_role),
        tone=Tone.WARNING,
        consequence="Their sessions end at once; they sign in again with the rights of the new role.",
    ),
)
