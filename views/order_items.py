"""Lines of orders: with prices, or without them for logistics."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Order, OrderItem
from views.access import Access, Entity, Related
from views.listing.search import through

_SOLD = ("product_name", "product_sku", "quantity", "unit_price", "total_price", "created_at")
_SPLIT = ("discount_amount", "discount_funded_by", "tax_amount", "shipping_amount", "commission_rate",
          "commission_source", "commission_amount", "commission_tax", "vendor_amount")  # fmt: skip

ENTITY = Entity(
    noun="order_items",
    model=OrderItem,
    label="Order items",
    singular="Order item",
    note="order_id",
    group="Sales",
    search=(through(OrderItem.order_id, Order.order_number),),
    access={
        Role.ADMIN: Access(
            columns=(*_SOLD[:-1], "vendor_amount", "order_id", "vendor_id", "created_at"),
            detail=(
                "order_id",
                "product_id",
                "vendor_id",
                *_SOLD,
                "quantity_cancelled",
                *_SPLIT,
                "fulfilled_at",
                "product_snapshot",
            ),
            filters=("order_id", "product_id", "vendor_id", "created_at"),
            related=(Related(noun="payout_items", via="order_item_id"),),
        ),
        Role.FINANCE: Access(
            columns=(*_SOLD[:-1], "commission_amount", "vendor_amount", "order_id", "created_at"),
            detail=("order_id", "vendor_id", *_SOLD, "quantity_cancelled", *_SPLIT),
            filters=("order_id", "vendor_id", "created_at"),
            related=(Related(noun="payout_items", via="order_item_id"),),
        ),
        Role.LOGISTICS: Access(
            columns=("product_name", "product_sku", "quantity", "quantity_cancelled", "order_id", "fulfilled_at"),
            filters=("order_id", "product_id"),
        ),
        Role.VENDOR: Access(
            columns=(*_SOLD[:-1], "commission_amount", "vendor_amount", "order_id", "created_at"),
            detail=("order_id", "product_id", *_SOLD, "quantity_cancelled", *_SPLIT, "fulfilled_at"),
            filters=("order_id", "product_id", "created_at"),
        ),
    },
)
