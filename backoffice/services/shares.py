"""Giving money back on a whole order: which lines it is about, when nobody named lines."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.errors import InvalidInputError
from backoffice.permissions import Permission
from backoffice.services.refunds.draft import Line
from backoffice.services.refunds.limits import LineLimit, line_limits, overpaid, shipping_limit
from backoffice.services.refunds.request import lock_parts, request
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

    A line that is given back whole counts with all its units. What is more than the lines and their tax hold is
    shipping cost, and only that is asked for when nothing is left of the lines.
    """
    limits = [limit for limit in line_limits(session, order).values() if limit.amount > 0]
    total = sum((limit.total for limit in limits), Decimal(0))
    if not limits and 0 < amount <= shipping_limit(session, order):
        return request(
            session,
            order=order,
            kind=RefundKind.SHIPPING,
            reason=reason,
            acting=acting,
            amount=amount,
            note=note,
            dispute=dispute,
            permission=permission,
        )
    if not limits or amount <= 0:
        raise InvalidInputError("Nothing is left of the lines of this order.", field="amount")
    goods = min(amount, total)
    parts = money.split_amount(goods, [limit.total for limit in limits], order.currency)
    return request(
        session,
        order=order,
        kind=RefundKind.LINES,
        reason=reason,
        acting=acting,
        lines=[_line(limit, part) for limit, part in zip(limits, parts, strict=True) if part > 0],
        shipping=amount - goods,
        note=note,
        dispute=dispute,
        permission=permission,
    )


def request_everything(
    session: Session, order: Order, *, reason: RefundReason, note: str, acting: Acting, permission: Permission
) -> list[Refund]:
    """Ask for all that is left of `order`, payment by payment: first what was paid too much, then the order itself."""
    excess, refunds = overpaid(session, order), []
    for part in lock_parts(session, order):
        above = min(excess, part.refundable)
        excess -= above
        if above > 0:
            refunds.append(
                request(
                    session,
                    order=order,
                    kind=RefundKind.OVERPAYMENT,
                    reason=reason,
                    acting=acting,
                    amount=above,
                    note=note,
                    permission=permission,
                )
            )
        part.refresh(session)
        if part.refundable > 0:
            refunds.append(
                request_amount(
                    session,
                    order,
                    amount=part.refundable,
                    reason=reason,
                    note=note,
                    acting=acting,
                    permission=permission,
                )
            )
    return refunds


def _line(limit: LineLimit, part: Decimal) -> Line:
    """`part` of a line, tax included, taken apart into goods and tax by the share of each."""
    goods, tax = money.split_amount(part, [limit.amount, limit.tax], limit.item.currency)
    units = limit.units if part == limit.total else 0
    return Line(order_item_id=limit.item.id, quantity=units, amount=goods, tax=tax)
