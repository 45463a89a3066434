"""Refunds: asked for by admins or finance, decided by finance."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Order, Refund, RefundItem
from views.access import Access, Entity, Related
from views.asked import by_currency
from views.listing.search import exact, through

_COLUMNS = ("order_id", "amount", "kind", "reason", "status", "requested_by", "created_at")
_CURRENCY = by_currency(lambda code: Refund.currency == code)
_SHARED = Access(
    columns=_COLUMNS,
    detail=(
        "order_id", "payment_id", "dispute_id", "amount", "shipping_amount", "kind", "reason", "note", "status",
        "restock", "bearer", "commission_policy", "requested_by", "second_person_required", "approved_by",
        "approved_at", "rejection_note",
        "attempt", "stripe_refund_id", "failure_code", "failure_reason", "first_sent_at", "processed_at", "created_at",
    ),
    filters=("status", "kind", "reason", "order_id", "payment_id", "created_at", "processed_at"),
    asked=(_CURRENCY,),
    related=(Related(noun="refund_items", via="refund_id"), Related(noun="transactions", via="refund_id")),
    history=True,
)  # fmt: skip

ENTITY = Entity(
    noun="refunds",
    model=Refund,
    label="Refunds",
    singular="Refund",
    note="order_id",
    group="Money",
    search=(exact(Refund.stripe_refund_id), through(Refund.order_id, Order.order_number)),
    access={
        Role.ADMIN: _SHARED,
        Role.FINANCE: _SHARED,
        Role.VENDOR: Access(
            columns=("order_id", "amount", "kind", "reason", "status", "created_at"),
            detail=("order_id", "amount", "kind", "reason", "status", "bearer", "processed_at", "created_at"),
            filters=("status", "order_id", "created_at", "processed_at"),
            asked=(_CURRENCY,),
            related=(Related(noun="refund_items", via="refund_id"),),
        ),
    },
)
_ITEMS = Access(
    columns=("order_item_id", "quantity", "amount", "tax_amount", "commission_amount", "vendor_amount", "refund_id",
             "created_at"),
    filters=("refund_id", "order_item_id"),
    sorts=("-id",),
    search=False,
    in_menu=False,
)  # fmt: skip
ITEMS = Entity(
    noun="refund_items",
    model=RefundItem,
    label="Refund items",
    singular="Refund item",
    group="Money",
    access={Role.ADMIN: _ITEMS, Role.FINANCE: _ITEMS, Role.VENDOR: _ITEMS},
)
