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
from models.order import DiscountFunder, Order
from models.product import Product


class CommissionSource(LabelledEnum):
    """Which rule gave the rate (COM-1)."""

    PRODUCT = "product"
    VENDOR = "vendor"
    PLAN = "plan"
    DEFAULT = "default"


class OrderItem(HasId, Base):
    """ERD `ORDER_ITEMS`. Name, SKU and price are what was sold then, not what the product says now.

    The line's parts of the order's discount, tax and shipping are its shares by `total_price`. `vendor_amount` is what
    the goods earn: `total_price`, less the discount where the vendor funds it, less commission and its tax. So the
    order's total is the sum over its lines of `vendor_amount + commission_amount + commission_tax + tax_amount +
    shipping_amount`, less the discount where the platform funds it. Who gets tax and shipping is the order's matter.
    """

    __tablename__ = "order_items"
    __table_args__ = (
        check("quantity_positive", "quantity > 0"),
        check("total_is_product", "total_price = unit_price * quantity"),
        check("cancelled_within_ordered", "quantity_cancelled BETWEEN 0 AND quantity"),
        check("commission_rate_range", "commission_rate BETWEEN 0 AND 1"),
        check("commission_within_total", "commission_amount BETWEEN 0 AND total_price"),
        check("shares_not_negative", "least(discount_amount, tax_amount, shipping_amount, commission_tax) >= 0"),
        check("discount_has_funder", "discount_amount = 0 OR discount_funded_by IS NOT NULL"),
        # One side is rounded, the other is the remainder, so nothing is lost (MON-5).
        check(
            "vendor_is_remainder",
            "vendor_amount = total_price - CASE WHEN discount_funded_by = 'vendor' THEN discount_amount ELSE 0 END"
            " - commission_amount - commission_tax",
        ),
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
    discount_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    #: Copied from the order, because it decides whether the discount lowers what the vendor gets.
    discount_funded_by: Mapped[DiscountFunder | None] = enum_column(DiscountFunder, nullable=True)
    tax_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    shipping_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    product_snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: Digital lines are fulfilled at this moment, without a shipment.
    fulfilled_at: Mapped[dt.datetime | None]
    commission_rate: Mapped[Decimal] = mapped_column(sa.Numeric(7, 6))
    commission_source: Mapped[CommissionSource] = enum_column(CommissionSource)
    #: The product, vendor profile or subscription that gave the rate; null for the default.
    commission_source_id: Mapped[uuid.UUID | None]
    commission_amount: Mapped[Amount]
    #: Tax on the commission, on top of it (COM-8).
    commission_tax: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    vendor_amount: Mapped[Amount]

    order: Mapped[Order] = relationship(lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_name}"
