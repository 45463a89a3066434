"""Which part of a group's payment is for which of its orders (data model C3.27, MON-6)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, relationship

from models.base import Amount, Base, Currency, HasId, HasVersion, check, foreign_key
from models.order import Order
from models.payment import HasCaps, Payment


class PaymentAllocation(HasId, HasVersion, HasCaps, Base):
    """The share of one order in the payment of its group, with caps of its own for what goes back (REF-1).

    At the end of every transaction the shares of a payment add up to its amount and to what was captured of it. A
    payment of one order has none: it is all for that order.
    """

    __tablename__ = "payment_allocations"
    __table_args__ = (
        sa.UniqueConstraint("payment_id", "order_id"),
        check("authorized_positive", "authorized_amount > 0"),
        check("captured_within_authorized", "captured_amount BETWEEN 0 AND authorized_amount"),
        check("caps_not_negative", "least(refund_reserved, refunded_amount, charged_back_amount) >= 0"),
        check("refunds_within_captured", "refund_reserved + refunded_amount <= captured_amount"),
        sa.Index("ix_payment_allocations_created_at_id", "created_at", "id"),
        sa.Index("ix_payment_allocations_order_id_created_at_id", "order_id", "created_at", "id"),
    )

    payment_id: Mapped[uuid.UUID] = foreign_key("payments.id", index=False)
    order_id: Mapped[uuid.UUID] = foreign_key("orders.id", index=False)
    authorized_amount: Mapped[Amount]
    currency: Mapped[Currency]

    payment: Mapped[Payment] = relationship(lazy="raise")
    order: Mapped[Order] = relationship(lazy="raise")
