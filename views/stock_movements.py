"""Changes of stock: what came, what went, and why (STK-1)."""

from __future__ import annotations

from backoffice.permissions import Role
from models import StockMovement
from views.access import Access, Entity

_FILTERS = ("product_id", "kind", "order_item_id", "created_at")
_STAFF = Access(
    columns=("product_id", "kind", "quantity", "order_item_id", "recorded_by", "note", "created_at"),
    detail=("product_id", "kind", "quantity", "order_item_id", "source_type", "source_id", "recorded_by", "note",
            "created_at"),
    filters=_FILTERS,
    search=False,
)  # fmt: skip
#: Who of the marketplace recorded it is no matter of the vendor's.
_VENDOR = Access(
    columns=("product_id", "kind", "quantity", "order_item_id", "note", "created_at"),
    detail=("product_id", "kind", "quantity", "order_item_id", "source_type", "source_id", "note", "created_at"),
    filters=_FILTERS,
    search=False,
)
ENTITY = Entity(
    noun="stock_movements",
    model=StockMovement,
    label="Stock movements",
    singular="Stock movement",
    group="Catalogue",
    access={Role.ADMIN: _STAFF, Role.LOGISTICS: _STAFF, Role.VENDOR: _VENDOR},
)
