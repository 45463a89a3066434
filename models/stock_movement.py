"""Every change of a product's stock, with what caused it; the product's quantity is their sum (STK-1)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum
from models.base import Base, HasId, check, enum_column, foreign_key
from models.order_item import OrderItem
from models.product import Product


class StockKind(LabelledEnum):
    """Why the stock changed. A damaged return comes in and is written off: two movements, no units (STK-4)."""

    OPENING = "opening", "Opening stock"
    ADJUSTMENT = "adjustment", "Changed by hand or by a file"
    SALE = "sale", "Sold"
    CANCELLATION = "cancellation", "Order cancelled"
    REFUND = "refund", "Refunded and put back"
    RETURN = "return", "Came back"
    WRITE_OFF = "write_off", "Written off"


class StockMovement(HasId, Base):
    """Units that came (positive) or went; append-only, and a trigger moves the product's quantity with each.

    Openings, adjustments and sales are written by triggers on products and order lines, so no program that writes those
    can forget them.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        sa.UniqueConstraint("source_type", "source_id", "order_item_id", "kind"),
        check("quantity_not_zero", "quantity <> 0"),
        check(
            "direction",
            "CASE WHEN kind IN ('sale', 'write_off') THEN quantity < 0"
            " WHEN kind IN ('cancellation', 'refund', 'return') THEN quantity > 0 ELSE true END",
        ),
        check("line_or_product", "(kind IN ('opening', 'adjustment')) = (order_item_id IS NULL)"),
        sa.Index("uq_stock_movements_opening", "product_id", unique=True, postgresql_where=sa.text("kind = 'opening'")),
        sa.Index("ix_stock_movements_product_id_created_at_id", "product_id", "created_at", "id"),
        sa.Index("ix_stock_movements_kind_created_at_id", "kind", "created_at", "id"),
        sa.Index("ix_stock_movements_created_at_id", "created_at", "id"),
        # Most are of order lines, but the question is always about some lines.
        sa.Index(
            "ix_stock_movements_order_item_id",
            "order_item_id",
            postgresql_where=sa.text("order_item_id IS NOT NULL"),
        ),
    )

    product_id: Mapped[uuid.UUID] = foreign_key("products.id", index=False)
    order_item_id: Mapped[uuid.UUID | None] = foreign_key("order_items.id", index=False)
    kind: Mapped[StockKind] = enum_column(StockKind)
    quantity: Mapped[int]
    #: Table and id of the row that it follows from: an order, a refund, a return, or the product itself.
    source_type: Mapped[str] = mapped_column(sa.String(32))
    source_id: Mapped[uuid.UUID]
    recorded_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    note: Mapped[str | None]

    product: Mapped[Product] = relationship(lazy="raise")
    order_item: Mapped[OrderItem | None] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"{self.quantity:+d}"
