"""Payments of customers."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Order, OrderGroup, Payment
from views.access import Access, Entity, Related
from views.listing.search import exact, through

_COLUMNS = (
    "stripe_payment_intent_id",
    "order_id",
    "order_group_id",
    "amount",
    "refunded_amount",
    "status",
    "payment_method",
    "created_at",
)
_DETAIL = (
    "order_id", "order_group_id", "stripe_payment_intent_id", "amount", "captured_amount", "refund_reserved",
    "refunded_amount", "charged_back_amount", "status", "provider_status", "payment_method", "payment_method_details",
    "processed_at", "available_on", "created_at",
)  # fmt: skip
_SHARED = Access(
    columns=_COLUMNS,
    detail=_DETAIL,
    filters=("status", "order_id", "order_group_id", "amount", "created_at"),
    sorts=("-created_at", "amount"),
    related=(
        Related(noun="payment_allocations", via="payment_id"),
        Related(noun="refunds", via="payment_id"),
        Related(noun="chargebacks", via="payment_id"),
        Related(noun="transactions", via="payment_id"),
    ),
    history=True,
)

ENTITY = Entity(
    noun="payments",
    model=Payment,
    label="Payments",
    singular="Payment",
    note="order_id",
    group="Money",
    search=(
        exact(Payment.stripe_payment_intent_id),
        through(Payment.order_id, Order.order_number),
        through(Payment.order_group_id, OrderGroup.group_number),
    ),
    access={Role.ADMIN: _SHARED, Role.FINANCE: _SHARED},
)
