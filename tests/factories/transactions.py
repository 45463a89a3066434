"""Business-event rows of money."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from models import Order, Transaction
from models.base import uuid7
from models.transaction import TransactionDirection, TransactionType
from tests.factories.orders import payment_of


def make_transaction(session: Session, *, order: Order, **values: Any) -> Transaction:
    """The payment of `order`, coming in."""
    payment = payment_of(session, order)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "vendor_id": order.vendor_id,
        "user_id": order.customer_id,
        "order_id": order.id,
        "payment_id": payment.id,
        "type": TransactionType.PAYMENT,
        "direction": TransactionDirection.IN,
        "amount": payment.amount,
        "currency": payment.currency,
        "event_key": f"payment:{payment.id}",
    }
    transaction = Transaction(**(defaults | values))
    session.add(transaction)
    session.flush()
    return transaction
