"""The form that asks for a refund, and what its inputs say (REF-3, REF-10)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import UUID, DataRequired, Length, NumberRange, Optional

from backoffice import money
from backoffice.actions.base import Inputs
from backoffice.actions.choices import choices
from backoffice.actions.lines import LinesField
from backoffice.services import order_progress, stock
from backoffice.services.refunds.draft import Line
from backoffice.services.refunds.limits import LineLimit, line_limits
from models import Order
from models.refund import RefundBearer, RefundKind, RefundReason


class RefundLineForm(Form):
    """One order line: how many units and how much of it to give back."""

    order_item_id = HiddenField(validators=[DataRequired(), UUID()])
    quantity = IntegerField("Units", validators=[Optional(), NumberRange(min=0)])
    amount = StringField(
        "Amount", description="Without tax. Empty: what the units cost.", validators=[Optional(), Length(max=20)]
    )


class RefundRequestForm(Form):
    """What to give back and why."""

    kind = SelectField("What", choices=choices(RefundKind))
    reason = SelectField("Reason", choices=choices(RefundReason, none="Choose one"), validators=[DataRequired()])
    amount = StringField("Amount", description="Not for order lines: their amounts add up.", validators=[Optional()])
    lines = LinesField(RefundLineForm, "Order lines")
    bearer = SelectField("Borne by", choices=choices(RefundBearer, none="As usual"), validators=[Optional()])
    restock = BooleanField(
        "Put the units back into stock",
        description="Ticked while nothing was picked up. What comes back later is put back when it is received.",
    )
    note = TextAreaField("Note", validators=[Optional(), Length(max=2000)])

    @classmethod
    def for_target(cls, session: Session, order: Order) -> dict[str, Any]:
        """Initial values: every line that still has something to give back, with what that is."""
        return {
            "restock": not order_progress.read(session, [order.id])[order.id].picked_up,
            "lines": [
                {"order_item_id": str(limit.item.id), "quantity": None, "amount": "", "label": _line_label(limit)}
                for limit in line_limits(session, order).values()
                if limit.amount > 0
            ],
        }


def asked(session: Session, order: Order, inputs: Inputs) -> tuple[RefundKind, Decimal | None, list[Line]]:
    """Kind, amount and the lines that were filled in; units without an amount are worth what is left of them.

    Raises `InvalidInputError` for a bad amount.
    """
    amount = inputs.get("amount")
    filled = [line for line in inputs.get("lines") or [] if line.get("amount") or int(line.get("quantity") or 0)]
    limits = {} if all(line.get("amount") for line in filled) else line_limits(session, order)
    lines = [_line(line, limits, order.currency) for line in filled]
    return RefundKind(inputs["kind"]), money.parse_amount(amount, order.currency) if amount else None, lines


def _line(line: Mapping[str, Any], limits: Mapping[uuid.UUID, LineLimit], currency: str) -> Line:
    item_id, units = uuid.UUID(line["order_item_id"]), int(line.get("quantity") or 0)
    if line.get("amount"):
        amount = money.parse_amount(line["amount"], currency)
    else:
        amount = limits[item_id].amount_of(units) if item_id in limits else Decimal(0)
    return Line(order_item_id=item_id, quantity=units, amount=amount)


def restock_sentence(session: Session, lines: Sequence[Line], inputs: Inputs) -> str:
    """How many units would go back into stock (STK-3, REF-10)."""
    if not inputs.get("restock") or not lines:
        return ""
    held = stock.held(session, [line.order_item_id for line in lines])
    units = sum(min(line.quantity, held.get(line.order_item_id, 0)) for line in lines)
    return f" Units that go back into stock: {units}."


def bearer(inputs: Inputs) -> RefundBearer | None:
    """Who bears it, where somebody chose (REF-8)."""
    return RefundBearer(inputs["bearer"]) if inputs.get("bearer") else None


def _line_label(limit: LineLimit) -> str:
    left = money.format_amount(limit.amount, limit.item.currency)
    return f"{limit.item.product_name} ({limit.units} left, {left} without tax)"
