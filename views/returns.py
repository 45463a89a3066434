"""Returns and what is in them: decided by admins and vendors, counted by logistics."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Order, Return, ReturnItem
from views.access import Access, Entity, Related
from views.listing.search import through

_ACCESS = Access(
    columns=("order_id", "shipment_id", "status", "reason", "received_at", "created_at"),
    detail=("order_id", "shipment_id", "status", "reason", "received_by", "received_at", "restocked", "note",
            "rejection_note", "created_at"),
    filters=("status", "order_id", "created_at"),
    related=(Related(noun="return_items", via="return_id"),),
    history=True,
)  # fmt: skip
ENTITY = Entity(
    noun="returns",
    model=Return,
    label="Returns",
    singular="Return",
    group="Logistics",
    search=(through(Return.order_id, Order.order_number),),
    note="order_id",
    access={Role.ADMIN: _ACCESS, Role.LOGISTICS: _ACCESS, Role.VENDOR: _ACCESS},
)
_ITEMS = Access(
    columns=("order_item_id", "quantity", "unopened", "opened", "damaged", "return_id"),
    filters=("return_id", "order_item_id"),
    sorts=("-id",),
    search=False,
    in_menu=False,
)
ITEMS = Entity(
    noun="return_items",
    model=ReturnItem,
    label="Return items",
    singular="Return item",
    group="Logistics",
    access={Role.ADMIN: _ITEMS, Role.LOGISTICS: _ITEMS, Role.VENDOR: _ITEMS},
)
