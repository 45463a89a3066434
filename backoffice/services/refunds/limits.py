"""What may still be given back of an order: of each line, of its tax, of the shipping, of what was paid too much."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.services.order_money import CAPTURED, PARTS
from models import Order, OrderItem, Refund, RefundItem
from models.refund import RefundKind, RefundStatus

#: What counts against every cap: all that may still become money back (REF-1).
COUNTED = (RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.PROCESSING, RefundStatus.SUCCEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLimit:
    """What may still be given back of one line, in the order's currency (REF-2)."""

    item: OrderItem
    units: int
    amount: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """Goods and the tax on them."""
        return self.amount + self.tax

    @property
    def paid(self) -> Decimal:
        """What the customer paid for the goods, without tax."""
        return self.item.total_price - self.item.discount_amount

    def amount_of(self, units: int) -> Decimal:
        """What so many of the units that are left are worth, without tax; the last one is worth all that remains.

        Nothing where there are not so many, so that the caps refuse it.
        """
        if not 0 < units <= self.units:
            return Decimal(0)
        return money.round_amount(self.amount * units / self.units, self.item.currency)

    def tax_of(self, amount: Decimal) -> Decimal:
        """The tax that follows `amount` of the goods pro rata, cumulative so that it never drifts (REF-2)."""
        if amount == self.amount:
            return self.tax
        gone = self.paid - self.amount + amount
        return money.round_amount(self.item.tax_amount * gone / self.paid, self.item.currency) - (
            self.item.tax_amount - self.tax
        )


def line_limits(
    session: Session, order: Order, counted: Collection[RefundStatus] = COUNTED
) -> Mapping[uuid.UUID, LineLimit]:
    """What is left of each line of `order` after refunds in these states, in id order."""
    refunds = sa.select(Refund.id).where(Refund.order_id == order.id, Refund.status.in_(counted))
    taken = (
        sa.select(
            RefundItem.order_item_id,
            sa.func.sum(RefundItem.quantity).label("units"),
            sa.func.sum(RefundItem.amount).label("amount"),
            sa.func.sum(RefundItem.tax_amount).label("tax"),
        )
        .where(RefundItem.refund_id.in_(refunds))
        .group_by(RefundItem.order_item_id)
        .subquery()
    )
    nothing = Decimal(0)
    rows = session.execute(
        sa.select(
            OrderItem,
            sa.func.coalesce(taken.c.units, 0),
            sa.func.coalesce(taken.c.amount, nothing),
            sa.func.coalesce(taken.c.tax, nothing),
        )
        .outerjoin(taken, taken.c.order_item_id == OrderItem.id)
        .where(OrderItem.order_id == order.id)
        .order_by(OrderItem.id)
    )
    return {
        item.id: LineLimit(
            item=item,
            units=item.quantity - int(units),
            amount=item.total_price - item.discount_amount - amount,
            tax=item.tax_amount - tax,
        )
        for item, units, amount, tax in rows
    }


def shipping_limit(session: Session, order: Order) -> Decimal:
    """What is left of the shipping cost (REF-2), in the order's currency."""
    taken = session.scalar(
        sa.select(sa.func.sum(Refund.shipping_amount)).where(Refund.order_id == order.id, Refund.status.in_(COUNTED))
    )
    return order.shipping_amount - (taken or Decimal(0))


def overpaid(session: Session, order: Order) -> Decimal:
    """What the customer paid above the order's total and did not get back yet (REF-3)."""
    captured = session.scalar(
        sa.select(sa.func.sum(PARTS.c.captured_amount)).where(
            PARTS.c.order_id == order.id, PARTS.c.status.in_(CAPTURED)
        )
    )
    returned = session.scalar(
        sa.select(sa.func.sum(Refund.amount)).where(
            Refund.order_id == order.id, Refund.kind == RefundKind.OVERPAYMENT, Refund.status.in_(COUNTED)
        )
    )
    return max((captured or Decimal(0)) - order.total_amount, Decimal(0)) - (returned or Decimal(0))
