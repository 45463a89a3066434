"""Orders: money for finance, addresses for logistics, the own ones for vendors."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Order
from views.access import Access, Entity, Related
from views.asked import by_currency
from views.columns import Kind, computed
from views.listing.search import exact
from views.masks import address, customer_name, vendor_customer_columns

_MONEY = ("subtotal", "tax_amount", "shipping_amount", "discount_amount", "total_amount", "tax_remitter",
          "discount_funded_by", "coupon_code")  # fmt: skip
_TIMES = ("created_at", "shipped_at", "delivered_at", "cancelled_at")
_ITEMS = Related(noun="order_items", via="order_id", tab="Items")
_MONEY_ROWS = (
    _ITEMS,
    Related(noun="payments", via="order_id", tab="Money"),
    Related(noun="payment_allocations", via="order_id", tab="Money"),
    Related(noun="refunds", via="order_id", tab="Money"),
    Related(noun="chargebacks", via="order_id", tab="Money"),
    Related(noun="transactions", via="order_id", tab="Money"),
    Related(noun="shipments", via="order_id"),
    Related(noun="disputes", via="order_id"),
)
_CUSTOMER = computed("customer", "Customer", customer_name(), personal=True)
_SHIP_TO = computed("ship_to", "Ship to", address(Order.shipping_address), kind=Kind.ADDRESS, personal=True)
_BILL_TO = computed("bill_to", "Bill to", address(Order.billing_address), kind=Kind.ADDRESS, personal=True)

_CURRENCY = by_currency(lambda code: Order.currency == code)

ENTITY = Entity(
    noun="orders",
    model=Order,
    label="Orders",
    singular="Order",
    group="Sales",
    search=(exact(Order.order_number),),
    access={
        Role.ADMIN: Access(
            columns=("order_number", "customer_id", "vendor_id", "status", "payment_status", "total_amount",
                     "needs_review", "created_at"),
            detail=("order_number", "order_group_id", "customer_id", "vendor_id", "status", "payment_status", *_MONEY,
                    _SHIP_TO, _BILL_TO, "notes", "needs_review", *_TIMES),
            filters=("status", "payment_status", "order_group_id", "vendor_id", "customer_id",
                     "total_amount", "created_at", "delivered_at", "cancelled_at"),
            asked=(_CURRENCY,),
            sorts=("-created_at", "total_amount"),
            related=_MONEY_ROWS,
            history=True,
        ),
        Role.FINANCE: Access(
            columns=("order_number", "vendor_id", "status", "payment_status", "total_amount", "created_at"),
            detail=("order_number", "order_group_id", _CUSTOMER, "vendor_id", "status", "payment_status", *_MONEY,
                    _BILL_TO, *_TIMES),
            filters=("status", "payment_status", "order_group_id", "vendor_id", "total_amount", "created_at",
                     "delivered_at", "cancelled_at"),
            asked=(_CURRENCY,),
            sorts=("-created_at", "total_amount"),
            related=_MONEY_ROWS,
            history=True,
        ),
        Role.LOGISTICS: Access(
            columns=("order_number", "vendor_id", _CUSTOMER, _SHIP_TO, "status", "created_at"),
            detail=("order_number", "order_group_id", "vendor_id", _CUSTOMER, _SHIP_TO, "status", "needs_review",
                    *_TIMES),
            filters=("status", "order_group_id", "vendor_id", "created_at", "delivered_at"),
            related=(_ITEMS, Related(noun="shipments", via="order_id")),
            history=True,
        ),
        Role.VENDOR: Access(
            columns=("order_number", *vendor_customer_columns()[:1], "status", "payment_status", "total_amount",
                     "created_at"),
            detail=("order_number", "order_group_id", *vendor_customer_columns(), "status", "payment_status",
                    *_MONEY, *_TIMES),
            filters=("status", "payment_status", "order_group_id", "total_amount", "created_at", "delivered_at",
                     "cancelled_at"),
            asked=(_CURRENCY,),
            related=(
                _ITEMS,
                Related(noun="payment_allocations", via="order_id", tab="Money"),
                Related(noun="transactions", via="order_id", tab="Money"),
                Related(noun="shipments", via="order_id"),
                Related(noun="disputes", via="order_id"),
            ),
            history=True,
        ),
    },
)  # fmt: skip
