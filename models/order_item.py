"""Lines of an order, with the commission frozen on them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum
from models.base import Amount, Base, Currency, HasId, check, enum_column, foreign_key
from models.order import Order
from models.product import Product


class CommissionSource(LabelledEnum):
    """Which rule gave the rate (COM-1)."""

    PRODUCT = "product"
    VENDOR = "vendor"
    PLAN = "plan"
    DEFAULT = "default"


class OrderItem(HasId, Base):
    """ERD `ORDER_ITEMS`. Name, SKU and price are what was sold then, not what the product says now."""

    __tablename__ = "order_items"
    __table_args__ = (
        check("quantity_positive", "quantity > 0"),
        check("total_is_product", "total_price = unit_price * quantity"),
        check("cancelled_within_ordered", "quantity_cancelled BETWEEN 0 AND quantity"),
        check("commission_rate_range", "commission_rate BETWEEN 0 AND 1"),
        check("commission_within_total", "commission_amount BETWEEN 0 AND total_price"),
        # One side is rounded, the other is the remainder, so nothing is lost (MON-5).
        check("vendor_is_remainder", "vendor_amount = total_price - commission_amount"),
        sa.Index("ix_order_items_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_order_items_created_at_id", "created_at", "id"),
    )

    order_id: Mapped[uuid.UUID] = foreign_key("orders.id")
    product_id: Mapped[uuid.UUID] = foreign_key("products.id")
    #: Copied from the order for row scope and reporting (data model C3.26).
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    product_name: Mapped[str] = mapped_column(sa.String(200))
    product_sku: Mapped[str] = mapped_column(sa.String(64))
    unit_price: Mapped[Amount]
    quantity: Mapped[int]
    quantity_cancelled: Mapped[int] = mapped_column(default=0, server_default="0")
    total_price: Mapped[Amount]
    currency: Mapped[Currency]
    product_snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: Digital lines are fulfilled at this moment, without a shipment.
    fulfilled_at: Mapped[dt.datetime | None]
    commission_rate: Mapped[Decimal] = mapped_column(sa.Numeric(7, 6))
    commission_source: Mapped[CommissionSource] = enum_column(CommissionSource)
    commission_amount: Mapped[Amount]
    vendor_amount: Mapped[Amount]

    order: Mapped[Order] = relationship(lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_name}"
