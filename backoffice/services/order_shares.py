"""What of an order's discount, tax and shipping belongs to each of its lines (MON-6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backoffice.money import split_amount
from models import Order, OrderItem

_SHARED: Final = ("discount_amount", "tax_amount", "shipping_amount")


def share(order: Order, lines: Sequence[OrderItem]) -> None:
    """Write each line's part of the order's amounts, by largest remainder over `total_price`.

    `lines` are all lines of `order`, in id order, so that ties always fall on the same one.
    """
    weights = [line.total_price for line in lines]
    for name in _SHARED:
        parts = split_amount(getattr(order, name), weights, order.currency)
        for line, part in zip(lines, parts, strict=True):
            setattr(line, name, part)
    for line in lines:
        line.discount_funded_by = order.discount_funded_by
