"""Packing a parcel of some units of an order: the order's vendor, logistics, admins (SHP-1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import Form, HiddenField, IntegerField, StringField
from wtforms.validators import UUID, DataRequired, Length, NumberRange, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.choices import OfferedField
from backoffice.actions.lines import LinesField
from backoffice.permissions import Permission
from backoffice.services import parcels
from models import Order


class PackedLineForm(Form):
    """How many units of one order line go into the parcel."""

    order_item_id = HiddenField(validators=[DataRequired(), UUID()])
    quantity = IntegerField("Units", validators=[Optional(), NumberRange(min=0)])


class ParcelForm(Form):
    """What goes into the parcel, and how it travels."""

    lines = LinesField(PackedLineForm, "Order lines")
    method = OfferedField("Shipping method", validators=[DataRequired("Choose a shipping method."), UUID()])
    carrier = StringField(
        "Carrier", description="Leave empty for the method's own.", validators=[Optional(), Length(max=60)]
    )
    service = StringField(
        "Service", description="Leave empty for the method's own.", validators=[Optional(), Length(max=60)]
    )
    tracking_number = StringField(
        "Tracking number", description="It can be added later.", validators=[Optional(), Length(max=64)]
    )

    @classmethod
    def for_target(cls, session: Session, order: Order) -> dict[str, Any]:
        """Initial values: every line with all that is left of it, and the shipping methods in use."""
        return {
            "lines": [
                {
                    "order_item_id": str(line.item_id),
                    "quantity": line.units,
                    "label": f"{line.name} ({line.units} left)",
                }
                for line in parcels.remaining(session, [order.id]).get(order.id, ())
            ],
            "method": [(str(method.id), method.name) for method in parcels.methods(session)],
        }


def _units(inputs: Inputs) -> dict[uuid.UUID, int]:
    """Units by line; a line that comes twice counts twice."""
    units: dict[uuid.UUID, int] = {}
    for line in inputs.get("lines") or []:
        item_id = uuid.UUID(line["order_item_id"])
        units[item_id] = units.get(item_id, 0) + int(line.get("quantity") or 0)
    return units


def _plan(session: Session, rows: Sequence[Order], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del inputs, acting
    left = parcels.remaining(session, [row.id for row in rows])
    return [_verdict(row, sum(line.units for line in left.get(row.id, ()))) for row in rows]


def _verdict(row: Order, units: int) -> Verdict:
    if not units:
        return Verdict(target_id=row.id, ok=False, message="No unit is left to be packed.", code="nothing_left")
    return Verdict(target_id=row.id, ok=True, message=f"Units still to be packed: {units}. The order follows.")


def _run(session: Session, row: Order, inputs: Inputs, acting: Acting) -> str:
    label = parcels.Label(
        method_id=uuid.UUID(inputs["method"]),
        carrier=inputs.get("carrier"),
        service=inputs.get("service"),
        tracking_number=inputs.get("tracking_number"),
    )
    parcel = parcels.make(session, row.id, _units(inputs), label, acting=acting)
    return f"Packed: {parcel}."


ACTIONS = (
    Action(
        key="order.pack",
        label="Make a parcel",
        entity=Order,
        permission=Permission.SHIPMENTS_CREATE,
        plan=_plan,
        run=Each(run=_run),
        allowed_from=parcels.PACKABLE,
        form=ParcelForm,
        bulk=False,
        consequence="What you leave out stays for another parcel.",
    ),
)
