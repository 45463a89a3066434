"""What an order's total is made of, and what each line earns its vendor (E1, E1b)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.ledger.postings import Sale
from models import Order, OrderItem
from models.order import DiscountFunder, TaxRemitter


def earning() -> sa.ColumnElement[Decimal]:
    """What a line earns its vendor, over `OrderItem` and `Order`: with the tax where the vendor remits it."""
    remitted = sa.case((Order.tax_remitter == TaxRemitter.VENDOR, OrderItem.tax_amount), else_=Decimal(0))
    return OrderItem.vendor_amount + remitted


def sale_of(session: Session, order_id: uuid.UUID) -> Sale:
    """The parts of an order's total from the frozen shares of its lines; shipping is the platform's revenue."""
    promotion = sa.case(
        (OrderItem.discount_funded_by == DiscountFunder.PLATFORM, OrderItem.discount_amount), else_=Decimal(0)
    )
    remitted = sa.case((Order.tax_remitter == TaxRemitter.PLATFORM, OrderItem.tax_amount), else_=Decimal(0))
    parts = session.execute(
        sa.select(
            Order.vendor_id,
            Order.currency,
            sa.func.sum(earning()).label("vendor"),
            sa.func.sum(OrderItem.commission_amount).label("commission"),
            sa.func.sum(OrderItem.commission_tax).label("commission_tax"),
            sa.func.sum(remitted).label("tax"),
            sa.func.sum(OrderItem.shipping_amount).label("shipping"),
            sa.func.sum(promotion).label("promotion"),
        )
        .join(OrderItem, OrderItem.order_id == Order.id)
        .where(Order.id == order_id)
        .group_by(Order.id)
    )
    return Sale(**parts.mappings().one())
