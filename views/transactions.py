"""Business-event rows of money."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Order, Transaction
from views.access import Access, Entity
from views.listing.search import exact, through

_DETAIL = (
    "type", "direction", "amount", "status", "vendor_id", "user_id", "order_id", "payment_id", "payout_id", "refund_id",
    "journal_id", "description", "event_key", "created_at",
)  # fmt: skip
_SHARED = Access(
    columns=("type", "direction", "amount", "status", "vendor_id", "order_id", "description", "created_at"),
    detail=_DETAIL,
    filters=("type", "status", "vendor_id", "order_id", "payment_id", "payout_id", "refund_id",
             "created_at"),
    history=True,
)  # fmt: skip

ENTITY = Entity(
    noun="transactions",
    model=Transaction,
    label="Transactions",
    singular="Transaction",
    note="order_id",
    group="Money",
    search=(exact(Transaction.event_key), through(Transaction.order_id, Order.order_number)),
    access={
        Role.ADMIN: _SHARED,
        Role.FINANCE: _SHARED,
        Role.VENDOR: Access(
            columns=("type", "direction", "amount", "status", "order_id", "created_at"),
            detail=("type", "direction", "amount", "status", "order_id", "payout_id", "refund_id", "created_at"),
            filters=("type", "status", "order_id", "created_at"),
        ),
    },
)
