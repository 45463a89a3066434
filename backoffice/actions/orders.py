"""Orders: cancel before pick-up (admins, the vendor), begin to prepare (the vendor)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session
from wtforms import Form, TextAreaField
from wtforms.validators import InputRequired, Length

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.moves import plan_move, verdict
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services import order_progress, orders
from models import Order
from models.order import OrderStatus


class CancelOrderForm(Form):
    """Why an order is cancelled."""

    reason = TextAreaField("Reason", validators=[InputRequired("Say why."), Length(max=2000)])


def _plan_cancel(session: Session, rows: Sequence[Order], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del inputs
    progress = order_progress.read(session, [row.id for row in rows])
    return [_cancellation(session, row, progress[row.id].picked_up, acting) for row in rows]


def _cancellation(session: Session, row: Order, picked_up: int, acting: Acting) -> Verdict:
    general = verdict(row, OrderStatus.CANCELLED, acting, "Is cancelled; nothing was paid.")
    if not general.ok:
        return general
    if picked_up:
        return Verdict(target_id=row.id, ok=False, message=orders.PICKED_UP, code="already_picked_up")
    left = orders.refundable(session, row)
    if left <= 0:
        return general
    text = f"Is cancelled; a refund of {money.format_amount(left, row.currency)} is requested."
    return Verdict(target_id=row.id, ok=True, message=text, amount=left, currency=row.currency)


def _cancel(session: Session, row: Order, inputs: Inputs, acting: Acting) -> str:
    orders.cancel(session, row.id, reason=inputs["reason"], acting=acting)
    return "Cancelled."


def _start(session: Session, row: Order, inputs: Inputs, acting: Acting) -> str:
    del inputs
    orders.start_processing(session, row.id, acting=acting)
    return "Being prepared."


ACTIONS = (
    Action(
        key="order.cancel",
        label="Cancel",
        entity=Order,
        permission=Permission.ORDERS_CANCEL,
        plan=_plan_cancel,
        run=Each(run=_cancel),
        allowed_from=OrderStatus.sources(OrderStatus.CANCELLED),
        form=CancelOrderForm,
        tone=Tone.DANGER,
        consequence="What was paid is asked back; finance approves it. Unused labels are cancelled.",
    ),
    Action(
        key="order.start",
        label="Start preparing",
        entity=Order,
        permission=Permission.PRODUCTS_SELL,
        plan=plan_move(OrderStatus.PROCESSING, "Is being prepared from then on."),
        run=Each(run=_start),
        allowed_from=OrderStatus.sources(OrderStatus.PROCESSING) - {OrderStatus.SHIPPED},
    ),
)
