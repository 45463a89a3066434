"""Returns: approved or rejected by admin and vendor, counted by logistics; and a proposal for a parcel without one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import BooleanField, Form, HiddenField, IntegerField, TextAreaField
from wtforms.validators import UUID, DataRequired, Length, NumberRange, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.lines import LinesField
from backoffice.actions.moves import plan_move
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services import returns
from backoffice.services.returns import Counted
from models import Return, Shipment
from models.returns import ReturnStatus
from models.shipment import ShipmentStatus


class CountForm(Form):
    """One line of a return: how many units arrived in which condition."""

    order_item_id = HiddenField(validators=[DataRequired(), UUID()])
    unopened = IntegerField("Unopened", validators=[Optional(), NumberRange(min=0)])
    opened = IntegerField("Opened", validators=[Optional(), NumberRange(min=0)])
    damaged = IntegerField("Damaged", validators=[Optional(), NumberRange(min=0)])


class ReceiveForm(Form):
    """What arrived, and whether what can be sold again is (STK-4)."""

    lines = LinesField(CountForm, "What arrived")
    restock = BooleanField(
        "Put unopened and opened units back into stock", description="Damaged ones are written off in any case."
    )
    note = TextAreaField("Note", validators=[Optional(), Length(max=2000)])

    @classmethod
    def for_target(cls, session: Session, record: Return) -> dict[str, Any]:
        """Initial values: the lines that should come back; what was counted is for a person to say."""
        return {
            "restock": True,
            "lines": [
                {"order_item_id": str(item.order_item_id), "label": f"{name} ({item.quantity} expected)"}
                for item, name in returns.expected(session, record)
            ],
        }


class RejectReturnForm(Form):
    """Why a return is turned down."""

    note = TextAreaField("Reason", validators=[DataRequired("Say why."), Length(max=2000)])


def _receive(session: Session, record: Return, inputs: Inputs, acting: Acting) -> str:
    counted = {
        uuid.UUID(line["order_item_id"]): Counted(
            unopened=int(line.get("unopened") or 0),
            opened=int(line.get("opened") or 0),
            damaged=int(line.get("damaged") or 0),
        )
        for line in inputs.get("lines") or []
    }
    restock = bool(inputs.get("restock"))
    units = returns.receive(session, record, counted, restock=restock, note=inputs.get("note"), acting=acting)
    return f"Received. Units that went back into stock: {units}."


def _approve(session: Session, record: Return, inputs: Inputs, acting: Acting) -> str:
    del inputs
    returns.approve(session, record, acting=acting)
    return "Approved."


def _reject(session: Session, record: Return, inputs: Inputs, acting: Acting) -> str:
    returns.reject(session, record, note=str(inputs["note"]), acting=acting)
    return "Rejected."


def _cancel(session: Session, record: Return, inputs: Inputs, acting: Acting) -> str:
    del inputs
    returns.cancel(session, record, acting=acting)
    return "Cancelled."


def _plan_propose(session: Session, rows: Sequence[Shipment], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [Verdict(target_id=row.id, ok=True, message="A return of its contents is proposed.") for row in rows]


def _propose(session: Session, parcel: Shipment, inputs: Inputs, acting: Acting) -> str:
    del inputs
    return "Proposed." if returns.propose(session, [parcel], acting=acting) else "It has a return already."


ACTIONS = (
    Action(
        key="return.approve",
        label="Approve",
        entity=Return,
        permission=Permission.RETURNS_DECIDE,
        plan=plan_move(ReturnStatus.APPROVED, "Logistics may receive it then; nothing is refunded by this."),
        run=Each(run=_approve),
        allowed_from=ReturnStatus.sources(ReturnStatus.APPROVED),
        tone=Tone.SUCCESS,
    ),
    Action(
        key="return.receive",
        label="Receive",
        entity=Return,
        permission=Permission.RETURNS_RECEIVE,
        plan=plan_move(ReturnStatus.RECEIVED, "What is counted now moves the stock."),
        run=Each(run=_receive),
        allowed_from=ReturnStatus.sources(ReturnStatus.RECEIVED),
        form=ReceiveForm,
        bulk=False,
        consequence="The stock follows what you count. It cannot be counted again.",
    ),
    Action(
        key="return.reject",
        label="Reject",
        entity=Return,
        permission=Permission.RETURNS_DECIDE,
        plan=plan_move(ReturnStatus.REJECTED, "Is rejected; the earnings of the order no longer wait for it."),
        run=Each(run=_reject),
        allowed_from=ReturnStatus.sources(ReturnStatus.REJECTED),
        form=RejectReturnForm,
        tone=Tone.DANGER,
        consequence="Nothing follows a rejected return.",
    ),
    Action(
        key="return.cancel",
        label="Cancel",
        entity=Return,
        permission=Permission.RETURNS_DECIDE,
        plan=plan_move(ReturnStatus.CANCELLED, "Is cancelled; nothing comes back."),
        run=Each(run=_cancel),
        allowed_from=ReturnStatus.sources(ReturnStatus.CANCELLED),
        tone=Tone.WARNING,
    ),
    Action(
        key="shipment.propose_return",
        label="Propose a return",
        entity=Shipment,
        permission=Permission.SHIPMENTS_MOVE,
        plan=_plan_propose,
        run=Each(run=_propose),
        allowed_from=frozenset({ShipmentStatus.RETURNED}),
    ),
)
