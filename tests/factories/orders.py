"""Orders with their lines and their payment; the money always adds up."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services import commission, order_shares
from backoffice.services.commission import Rate, Terms
from backoffice.services.ledger import record
from backoffice.services.order_money import parts_of
from models import Order, OrderItem, Payment, Product, User
from models.base import uuid7
from models.order import OrderStatus, PaymentStatus
from models.order_item import CommissionSource
from models.payment import PaymentMethod, PaymentState
from models.product import ProductStatus
from tests.factories.products import make_product
from tests.factories.users import make_user, make_vendor

#: Commission on the goods alone, without a tax on it.
TERMS = Terms(include_tax=False, include_shipping=False, tax_rate=Decimal(0))
#: One line of an order: how many, at what price each.
Line = tuple[int, str]
ADDRESS = {
    "name": "Ada Byron",
    "address_line1": "1 Analytical Road",
    "city": "London",
    "postal_code": "N1 7AA",
    "country": "GB",
    "phone": "+44 20 7946 0000",
}


def make_order(
    session: Session,
    *,
    vendor: User | None = None,
    customer: User | None = None,
    product: Product | None = None,
    lines: Sequence[Line] = ((1, "100.00"),),
    currency: str = "USD",
    shipping: str = "0",
    rate: str = "0.100000",
    paid: bool = True,
    **values: Any,
) -> Order:
    """A confirmed order with one line item for each of `lines`, paid in full by one card payment unless told not to."""
    vendor = vendor or make_vendor(session)
    subtotal = sum((count * Decimal(price) for count, price in lines), Decimal(0))
    status = values.get("status", OrderStatus.CONFIRMED if paid else OrderStatus.PENDING)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "order_number": f"ORD-{uuid.uuid4().hex[:12].upper()}",
        "customer_id": (customer or make_user(session, Role.CUSTOMER)).id,
        "vendor_id": vendor.id,
        "status": status,
        "payment_status": PaymentStatus.PAID if paid else PaymentStatus.PENDING,
        "subtotal": subtotal,
        "shipping_amount": Decimal(shipping),
        "total_amount": subtotal + Decimal(shipping),
        "currency": currency,
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
    }
    if status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED}:
        defaults["shipped_at"] = now()
    if status is OrderStatus.DELIVERED:
        defaults["delivered_at"] = now()
    if status is OrderStatus.CANCELLED:
        defaults["cancelled_at"] = now()
    order = Order(**(defaults | values))
    session.add(order)
    session.flush()
    product = product or make_product(
        session, vendor=vendor, status=ProductStatus.ACTIVE, currency=currency, stock_quantity=1000
    )
    items = [_item(order, product, count, Decimal(price)) for count, price in lines]
    order_shares.share(order, items)
    for item in items:
        commission.apply(item, Rate(rate=Decimal(rate), source=CommissionSource.DEFAULT, source_id=None), TERMS)
    session.add_all(items)
    session.flush()
    if paid:
        make_payment(session, order)
    return order


def _item(order: Order, product: Product, quantity: int, price: Decimal) -> OrderItem:
    return OrderItem(
        id=uuid7(),
        order_id=order.id,
        product_id=product.id,
        vendor_id=order.vendor_id,
        product_name=product.name,
        product_sku=product.sku,
        unit_price=price,
        quantity=quantity,
        total_price=price * quantity,
        currency=order.currency,
    )


def make_payment(session: Session, order: Order, **values: Any) -> Payment:
    """A card payment of the whole order, captured and available."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "order_id": order.id,
        "stripe_payment_intent_id": f"pi_{uuid.uuid4().hex[:24]}",
        "amount": order.total_amount,
        "currency": order.currency,
        "status": PaymentState.SUCCEEDED,
        "provider_status": "succeeded",
        "payment_method": PaymentMethod.CARD,
        "processed_at": now(),
        "available_on": now(),
        "captured_amount": values.get("amount", order.total_amount),
    }
    payment = Payment(**(defaults | values))
    session.add(payment)
    session.flush()
    if payment.captured_amount:
        for part in parts_of(session, payment):
            record.payment_captured(session, part)
    return payment


def items_of(session: Session, order: Order) -> list[OrderItem]:
    """The lines of `order`, oldest first."""
    return list(session.scalars(sa.select(OrderItem).where(OrderItem.order_id == order.id).order_by(OrderItem.id)))


def payment_of(session: Session, order: Order) -> Payment:
    """The only payment of `order`, as the database has it now."""
    query = sa.select(Payment).where(Payment.order_id == order.id).execution_options(populate_existing=True)
    return session.scalars(query).one()
