"""Returns: goods on their way back, counted by logistics when they arrive, with what was decided about them (SHP-7)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Base, HasId, HasVersion, check, enum_column, foreign_key
from models.order import Order
from models.order_item import OrderItem
from models.shipment import Shipment
from models.user import User


class ReturnStatus(Status):
    """Life of a return (B12); a parcel that came back makes a proposal in `requested` (SHP-7)."""

    REQUESTED = "requested", "Requested", Tone.WARNING, {"approved": "AV", "rejected": "AV", "cancelled": "AS"}
    APPROVED = "approved", "Approved", Tone.INFO, {"in_transit": "PL", "received": "L", "cancelled": "AS"}
    IN_TRANSIT = "in_transit", "On its way back", Tone.INFO, {"received": "L"}
    RECEIVED = "received", "Received", Tone.INFO, {"refunded": "S", "rejected": "A"}
    REFUNDED = "refunded", "Refunded", Tone.SUCCESS
    REJECTED = "rejected", "Rejected", Tone.NEUTRAL
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL


class ReturnReason(LabelledEnum):
    """Why goods come back."""

    CARRIER = "carrier", "Brought back by the carrier"
    CUSTOMER = "customer", "Sent back by the customer"


#: While a return is in one of these, the order's earnings wait (PAY-1, 4).
RUNNING = frozenset({ReturnStatus.REQUESTED, ReturnStatus.APPROVED, ReturnStatus.IN_TRANSIT, ReturnStatus.RECEIVED})


class Return(HasId, HasVersion, Base):
    """Goods of one order that come back. It refunds nothing by itself (SHP-7)."""

    __tablename__ = "returns"
    __table_args__ = (
        sa.UniqueConstraint("shipment_id"),
        check(
            "received_has_person", "status NOT IN ('received', 'refunded') OR num_nulls(received_by, received_at) = 0"
        ),
        check("receipt_is_whole", "num_nulls(received_by, received_at) <> 1"),
        check("rejected_has_reason", "status <> 'rejected' OR rejection_note IS NOT NULL"),
        sa.Index("ix_returns_created_at_id", "created_at", "id"),
        sa.Index("ix_returns_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_returns_order_id_status", "order_id", "status"),
    )

    order_id: Mapped[uuid.UUID] = foreign_key("orders.id", index=False)
    #: The parcel that came back; what the customer sends has none of ours.
    shipment_id: Mapped[uuid.UUID | None] = foreign_key("shipments.id", index=False)
    status: Mapped[ReturnStatus] = enum_column(ReturnStatus, default=ReturnStatus.REQUESTED)
    reason: Mapped[ReturnReason] = enum_column(ReturnReason, default=ReturnReason.CARRIER)
    received_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    received_at: Mapped[dt.datetime | None]
    #: Whether what can be sold again went back into stock (STK-4).
    restocked: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    note: Mapped[str | None]
    rejection_note: Mapped[str | None]

    order: Mapped[Order] = relationship(lazy="raise")
    shipment: Mapped[Shipment | None] = relationship(lazy="raise")
    receiver: Mapped[User | None] = relationship(foreign_keys=[received_by], lazy="raise")

    def __str__(self) -> str:
        return f"Return {self.id}"


class ReturnItem(HasId, Base):
    """Units of one order line in a return, and how many were counted in which condition."""

    __tablename__ = "return_items"
    __table_args__ = (
        sa.UniqueConstraint("return_id", "order_item_id"),
        check("quantity_positive", "quantity > 0"),
        check("counted_is_whole", "num_nulls(unopened, opened, damaged) IN (0, 3)"),
        check("counted_not_negative", "least(unopened, opened, damaged) >= 0"),
        check("counted_within_quantity", "unopened + opened + damaged <= quantity"),
    )

    return_id: Mapped[uuid.UUID] = foreign_key("returns.id", index=False)
    order_item_id: Mapped[uuid.UUID] = foreign_key("order_items.id")
    #: Units that should come back.
    quantity: Mapped[int]
    unopened: Mapped[int | None]
    opened: Mapped[int | None]
    damaged: Mapped[int | None]

    return_record: Mapped[Return] = relationship(lazy="raise")
    order_item: Mapped[OrderItem] = relationship(lazy="raise")
