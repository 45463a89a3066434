"""Parcels: report what happened to one or many, and give one to a courier. Logistics only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import DateTimeLocalField, Form, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import Length, Optional

from backoffice import clock
from backoffice.acting import Acting
from backoffice.actions.base import Action, Chunk, Each, Inputs, Result, Settled, Target, Verdict
from backoffice.actions.choices import choices
from backoffice.actions.moves import seen
from backoffice.actions.people import ColleagueField, by_email
from backoffice.permissions import Permission, Role
from backoffice.services import delivery_proofs, shipments
from backoffice.services.shipment_tracking import Report
from models import Shipment
from models.shipment import ShipmentStatus

#: Statuses that a person can report; nobody reports that a parcel is still pending.
REPORTABLE = {status.value: status for status in ShipmentStatus if status is not ShipmentStatus.PENDING}
_MOVING = frozenset(ShipmentStatus) - {ShipmentStatus.RETURNED}


class ShipmentForm(Form):
    """What happened, when and where (SHP-2, SHP-3)."""

    status = SelectField("What happened", choices=choices(REPORTABLE.values()))
    occurred_at = DateTimeLocalField(
        "When (UTC)",
        description="Leave empty for now.",
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
        validators=[Optional()],
    )
    location = StringField("Place", validators=[Optional(), Length(max=200)])
    note = TextAreaField("Note", validators=[Optional(), Length(max=2000)])
    proof = StringField(
        "Proof of delivery",
        description="Who signed, or where it was left. From pending straight to delivered this or a picture is needed.",
        validators=[Optional(), Length(max=500)],
    )

    def validate_occurred_at(self, field: Any) -> None:
        """Refuse the future while the form is still open."""
        if field.data is not None and field.data.replace(tzinfo=dt.UTC) > clock.now():
            raise ValidationError("This time is in the future.")


class CourierForm(Form):
    """Who delivers it."""

    assignee = ColleagueField("Courier", roles={Role.LOGISTICS})


def _report(inputs: Inputs) -> Report:
    at = inputs.get("occurred_at")
    return Report(
        status=REPORTABLE[inputs["status"]],
        occurred_at=dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC) if at else None,
        location=inputs.get("location"),
        note=inputs.get("note"),
        proof=inputs.get("proof"),
    )


def _plan_update(session: Session, rows: Sequence[Shipment], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del acting
    status = REPORTABLE[inputs["status"]] if inputs.get("status") else None
    pictures = delivery_proofs.proven(session, [row.id for row in rows]) if status is ShipmentStatus.DELIVERED else ()
    told = shipments.says_proof(inputs.get("proof"))
    return [_verdict(row, status, proven=told or row.id in pictures) for row in rows]


def _verdict(row: Shipment, status: ShipmentStatus | None, *, proven: bool) -> Verdict:
    if status is None:
        return Verdict(target_id=row.id, ok=True, message=f"It is {row.status.label.lower()} now.")
    refused = shipments.refusal(row, status, proven=proven)
    if refused:
        return Verdict(target_id=row.id, ok=False, message=refused.message, code=refused.refused)
    return Verdict(
        target_id=row.id, ok=True, message=f"Recorded as {status.label.lower()}; the order follows its parcels."
    )


def _update(session: Session, targets: Sequence[Target], inputs: Inputs, acting: Acting) -> Mapping[uuid.UUID, Settled]:
    updated = shipments.update(session, seen(targets), _report(inputs), acting=acting)
    return {
        key: Settled(
            result=Result.REFUSED if result.refused else Result.DONE, message=result.message, code=result.refused
        )
        for key, result in updated.items()
    }


def _plan_assign(session: Session, rows: Sequence[Shipment], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [_assignment(row) for row in rows]


def _assignment(row: Shipment) -> Verdict:
    if row.voided_at is not None:
        return Verdict(target_id=row.id, ok=False, message=shipments.VOIDED, code="voided")
    before = "It is taken from whoever has it; the" if row.assigned_to else "The"
    return Verdict(target_id=row.id, ok=True, message=f"{before} courier is told.")


def _assign(session: Session, row: Shipment, inputs: Inputs, acting: Acting) -> str:
    courier = shipments.assign(session, row, by_email(session, inputs.get("assignee"), acting), acting=acting)
    return f"Given to {courier}."


ACTIONS = (
    Action(
        key="shipment.update",
        label="Update status",
        entity=Shipment,
        permission=Permission.SHIPMENTS_MOVE,
        plan=_plan_update,
        run=Chunk(run=_update, size=200),
        allowed_from=_MOVING,
        form=ShipmentForm,
        consequence="The event is kept for good. Vendors are told when parcels arrive, fail or come back.",
    ),
    Action(
        key="shipment.assign",
        label="Assign courier",
        entity=Shipment,
        permission=Permission.SHIPMENTS_MOVE,
        plan=_plan_assign,
        run=Each(run=_assign),
        allowed_from=_MOVING - {ShipmentStatus.DELIVERED},
        form=CourierForm,
    ),
)
