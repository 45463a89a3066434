"""What a refund would give back, checked against the caps of lines, tax and shipping (REF-2, REF-3, REF-10)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.errors import InvalidInputError, NotFoundError
from backoffice.services.refunds.limits import LineLimit, line_limits, overpaid, shipping_limit
from models import Order
from models.refund import RefundKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How much of one order line to give back, in the order's currency; without `tax` it follows pro rata (REF-2)."""

    order_item_id: uuid.UUID
    quantity: int
    amount: Decimal
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a refund would give back, in the order's currency: also the dry run of a request (REF-10)."""

    total: Decimal
    shipping: Decimal
    lines: Sequence[Line]


def draft(
    session: Session,
    order: Order,
    kind: RefundKind,
    *,
    amount: Decimal | None,
    lines: Sequence[Line] = (),
    shipping: Decimal = Decimal(0),
) -> Draft:
    """What such a refund comes to, the tax of its lines included.

    Raises `InvalidInputError` for what was not sold or is above a cap of its own (REF-2, REF-3), `NotFoundError`.
    """
    if kind is RefundKind.LINES:
        if not lines:
            raise InvalidInputError("Choose at least one order line.", field="lines")
        limits = line_limits(session, order)
        taxed = [_checked(line, limits, order.currency) for line in lines]
        _check_shipping(session, order, shipping)
        total = sum((line.amount + (line.tax or 0) for line in taxed), shipping)
        return Draft(total=total, shipping=shipping, lines=taxed)
    if lines:
        raise InvalidInputError(f"A {kind.label.lower()} refund has no order lines.", field="lines")
    if amount is None or amount <= 0:
        raise InvalidInputError("Give an amount above zero.", field="amount")
    total = money.exact(amount, order.currency)
    if kind is RefundKind.SHIPPING:
        _check_shipping(session, order, total)
        return Draft(total=total, shipping=total, lines=())
    if kind is RefundKind.OVERPAYMENT and total > overpaid(session, order):
        left = money.format_amount(overpaid(session, order), order.currency)
        raise InvalidInputError(f"Only {left} was paid too much on this order.", field="amount")
    return Draft(total=total, shipping=Decimal(0), lines=())


def _check_shipping(session: Session, order: Order, shipping: Decimal) -> None:
    limit = shipping_limit(session, order)
    if shipping > limit:
        left = money.format_amount(limit, order.currency)
        raise InvalidInputError(f"Only {left} of the shipping cost is left to refund.", field="amount")


def _checked(line: Line, limits: Mapping[uuid.UUID, LineLimit], currency: str) -> Line:
    """The line with its tax. Raises `InvalidInputError` beyond what is left of it, `NotFoundError`."""
    if line.order_item_id not in limits:
        raise NotFoundError("That line is not part of this order.")
    limit = limits[line.order_item_id]
    if line.quantity < 0 or line.quantity > limit.units:
        raise InvalidInputError(f"Of {limit.item.product_name}, {limit.units} can still be refunded.", field="lines")
    if line.amount <= 0 or money.exact(line.amount, currency) > limit.amount:
        left = money.format_amount(limit.amount, currency)
        raise InvalidInputError(f"Of {limit.item.product_name}, {left} can still be refunded.", field="lines")
    return line if line.tax is not None else replace(line, tax=limit.tax_of(line.amount))
