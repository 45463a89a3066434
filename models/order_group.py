"""Order groups: one checkout of a customer, of which each vendor has an order (data model C3.26)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Currency, HasId, HasVersion, foreign_key
from models.user import User


class OrderGroup(HasId, HasVersion, Base):
    """What a customer bought at once, in one currency. Triggers keep its orders and payments in agreement with it.

    It has no money and no status of its own: both are those of its orders, so that one of them can be cancelled or
    refunded without the others (ORD-4).
    """

    __tablename__ = "order_groups"
    __table_args__ = (
        sa.UniqueConstraint("group_number"),
        sa.Index("ix_order_groups_created_at_id", "created_at", "id"),
        sa.Index("ix_order_groups_customer_id_created_at_id", "customer_id", "created_at", "id"),
    )

    group_number: Mapped[str] = mapped_column(sa.String(32))
    customer_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    currency: Mapped[Currency]

    customer: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.group_number
