"""Checkouts over several vendors' orders, and the share of each order in their payments."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Order, OrderGroup, PaymentAllocation
from views.access import Access, Entity, Related
from views.listing.search import exact, through

_COLUMNS = ("group_number", "customer_id", "currency", "created_at")
_FOR_MONEY = Access(
    columns=_COLUMNS,
    detail=_COLUMNS,
    filters=("customer_id", "created_at"),
    related=(Related(noun="orders", via="order_group_id"), Related(noun="payments", via="order_group_id")),
    history=True,
)
#: The orders below it are the vendor's own; neither the others nor what was paid for all of them are anywhere.
_NUMBER_ONLY = Access(
    columns=("group_number", "created_at"),
    detail=("group_number", "created_at"),
    filters=("created_at",),
    related=(Related(noun="orders", via="order_group_id"),),
)

ENTITY = Entity(
    noun="order_groups",
    model=OrderGroup,
    label="Checkouts",
    singular="Checkout",
    group="Sales",
    search=(exact(OrderGroup.group_number),),
    access={
        Role.ADMIN: _FOR_MONEY,
        Role.FINANCE: _FOR_MONEY,
        Role.LOGISTICS: _NUMBER_ONLY,
        Role.VENDOR: _NUMBER_ONLY,
    },
)

_AMOUNTS = ("authorized_amount", "captured_amount", "refund_reserved", "refunded_amount", "charged_back_amount")
_SHARED = Access(
    columns=("payment_id", "order_id", "authorized_amount", "captured_amount", "refunded_amount", "created_at"),
    detail=("payment_id", "order_id", *_AMOUNTS, "created_at"),
    filters=("payment_id", "order_id", "created_at"),
    history=True,
)

ALLOCATIONS = Entity(
    noun="payment_allocations",
    model=PaymentAllocation,
    label="Shares of payments",
    singular="Share of a payment",
    note="order_id",
    group="Money",
    search=(through(PaymentAllocation.order_id, Order.order_number),),
    access={
        Role.ADMIN: _SHARED,
        Role.FINANCE: _SHARED,
        Role.VENDOR: Access(
            columns=("order_id", "authorized_amount", "captured_amount", "refunded_amount", "created_at"),
            detail=("order_id", *_AMOUNTS, "created_at"),
            filters=("order_id", "created_at"),
        ),
    },
)
