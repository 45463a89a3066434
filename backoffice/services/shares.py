"""Giving money back on a whole order: which lines it is about, when nobody named lines."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.permissions import Permission
from backoffice.services.refunds.request import Line, line_limits, request
from models import Dispute, Order, Refund
from models.refund import RefundKind, RefundReason


def request_amount(
    session: Session,
    order: Order,
    *,
    amount: Decimal,
    reason: RefundReason,
    note: str,
    acting: Acting,
    dispute: Dispute | None = None,
    permission: Permission = Permission.REFUNDS_REQUEST,
) -> Refund:
    """Ask for `amount` (in the order's currency) back, shared over the lines by what is left on each (MON-6).

    A line that is given back whole counts with all its units. What is more than the lines hold, such as tax and
    shipping of a cancelled order, makes the whole refund one of kind `overpayment`, which names no lines.
    """
    limits = [entry for entry in line_limits(session, order).values() if entry[2] > 0]
    total = sum((left for _, _, left in limits), Decimal(0))
    kind, lines = RefundKind.OVERPAYMENT, []
    if limits and amount <= total:
        parts = money.split_amount(amount, [left for _, _, left in limits], order.currency)
        kind = RefundKind.LINES
        lines = [
            Line(order_item_id=item.id, quantity=units if part == left else 0, amount=part)
            for (item, units, left), part in zip(limits, parts, strict=True)
            if part > 0
        ]
    return request(
        session,
        order=order,
        kind=kind,
        reason=reason,
        acting=acting,
        amount=None if lines else amount,
        lines=lines,
        note=note,
        dispute=dispute,
        permission=permission,
    )
