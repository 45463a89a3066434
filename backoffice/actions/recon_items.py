"""Differences with the payment provider: assign, resolve."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session
from wtforms import Form, TextAreaField
from wtforms.validators import InputRequired, Length

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.moves import plan_move
from backoffice.actions.people import ColleagueField, by_email, with_permission
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services.recon import items
from models import ReconItem
from models.recon import ReconItemStatus

_OPEN = frozenset({ReconItemStatus.OPEN})


class AssignForm(Form):
    """Who finds out what it is."""

    assignee = ColleagueField("Assignee", roles=with_permission(Permission.RECON_WORK))


class ResolveForm(Form):
    """What it was."""

    note = TextAreaField("What it was", validators=[InputRequired("Say what it was."), Length(max=2000)])


def _plan_assign(session: Session, rows: Sequence[ReconItem], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [
        Verdict(target_id=row.id, ok=True, message="The assignee is told.")
        if row.status in _OPEN
        else Verdict(target_id=row.id, ok=False, message="This difference is resolved.", code="already_resolved")
        for row in rows
    ]


def _assign(session: Session, row: ReconItem, inputs: Inputs, acting: Acting) -> str:
    return (
        f"Assigned to {items.assign(session, row, by_email(session, inputs.get('assignee'), acting), acting=acting)}."
    )


def _resolve(session: Session, row: ReconItem, inputs: Inputs, acting: Acting) -> str:
    items.resolve(session, row, note=inputs["note"], acting=acting)
    return "Resolved."


ACTIONS = (
    Action(
        key="recon_item.assign",
        label="Assign",
        entity=ReconItem,
        permission=Permission.RECON_WORK,
        plan=_plan_assign,
        run=Each(run=_assign),
        form=AssignForm,
        allowed_from=_OPEN,
    ),
    Action(
        key="recon_item.resolve",
        label="Resolve",
        entity=ReconItem,
        permission=Permission.RECON_WORK,
        plan=plan_move(ReconItemStatus.RESOLVED, "Counts as explained, unless its amounts change."),
        run=Each(run=_resolve),
        form=ResolveForm,
        allowed_from=_OPEN,
        tone=Tone.SUCCESS,
        consequence="Nothing is corrected by this, neither here nor at Stripe.",
    ),
)
