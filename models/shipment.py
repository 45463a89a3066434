"""Shipments, what is inside them, and the events that make their status."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import Status, Tone
from models.base import PII, Base, HasId, HasVersion, check, enum_column, foreign_key
from models.order import Order
from models.order_item import OrderItem
from models.schemas import FACTS, written_as
from models.shipping_method import ShippingMethod
from models.user import User


class ShipmentStatus(Status):
    """Progress of a parcel (B12); computed from the set of its events (SHP-2). S may recompute non-terminal ones."""

    PENDING = (
        "pending",
        "Pending",
        Tone.WARNING,
        dict.fromkeys(["picked_up", "in_transit", "out_for_delivery", "delivered", "failed", "returned"], "PLS"),
    )
    PICKED_UP = (
        "picked_up",
        "Picked up",
        Tone.INFO,
        {**dict.fromkeys(["in_transit", "out_for_delivery", "delivered", "failed", "returned"], "PLS"), "pending": "S"},
    )
    IN_TRANSIT = (
        "in_transit",
        "In transit",
        Tone.INFO,
        {
            **dict.fromkeys(["out_for_delivery", "delivered", "failed", "returned"], "PLS"),
            **dict.fromkeys(["pending", "picked_up"], "S"),
        },
    )
    OUT_FOR_DELIVERY = (
        "out_for_delivery",
        "Out for delivery",
        Tone.INFO,
        {
            **dict.fromkeys(["in_transit", "delivered", "failed", "returned"], "PLS"),
            **dict.fromkeys(["pending", "picked_up"], "S"),
        },
    )
    DELIVERED = "delivered", "Delivered", Tone.SUCCESS, {"returned": "PLS"}
    FAILED = (
        "failed",
        "Delivery failed",
        Tone.DANGER,
        {
            **dict.fromkeys(["in_transit", "out_for_delivery", "delivered", "returned"], "PLS"),
            **dict.fromkeys(["pending", "picked_up"], "S"),
        },
    )
    RETURNED = "returned", "Returned", Tone.NEUTRAL


class Shipment(HasId, HasVersion, Base):
    """ERD `SHIPMENTS`. `tracking_events` is a projection of `shipment_events` (data model C5.54)."""

    __tablename__ = "shipments"
    __table_args__ = (
        sa.UniqueConstraint("tracking_number"),
        check("weight_not_negative", "weight >= 0"),
        check("delivered_has_time", "status <> 'delivered' OR delivered_at IS NOT NULL"),
        check("void_is_pending", "voided_at IS NULL OR status = 'pending'"),
        sa.Index("ix_shipments_created_at_id", "created_at", "id"),
        sa.Index("ix_shipments_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_shipments_order_id_status", "order_id", "status"),
    )

    order_id: Mapped[uuid.UUID] = foreign_key("orders.id", index=False)
    shipping_method_id: Mapped[uuid.UUID] = foreign_key("shipping_methods.id")
    tracking_number: Mapped[str | None] = mapped_column(sa.String(64))
    status: Mapped[ShipmentStatus] = enum_column(ShipmentStatus, default=ShipmentStatus.PENDING)
    #: Kilograms.
    weight: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 3))
    #: Centimetres: `{"length": ..., "width": ..., "height": ...}`.
    dimensions: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=written_as(FACTS))
    carrier: Mapped[str | None] = mapped_column(sa.String(60))
    service_type: Mapped[str | None] = mapped_column(sa.String(60))
    tracking_events: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True), info=PII)
    shipped_at: Mapped[dt.datetime | None]
    delivered_at: Mapped[dt.datetime | None]
    estimated_delivery: Mapped[dt.datetime | None]
    assigned_to: Mapped[uuid.UUID | None] = foreign_key("users.id")
    exception: Mapped[str | None] = mapped_column(sa.String(64))
    #: Set when an event contradicts the status, such as a scan after delivery (SHP-2).
    needs_review: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    voided_at: Mapped[dt.datetime | None]

    order: Mapped[Order] = relationship(lazy="raise")
    shipping_method: Mapped[ShippingMethod] = relationship(lazy="raise")
    assignee: Mapped[User | None] = relationship(foreign_keys=[assigned_to], lazy="raise")

    def __str__(self) -> str:
        return self.tracking_number or f"Shipment {self.id}"


class ShipmentItem(HasId, Base):
    """Units of an order line inside a shipment; never more than were ordered (SHP-1, kept by a trigger)."""

    __tablename__ = "shipment_items"
    __table_args__ = (
        sa.UniqueConstraint("shipment_id", "order_item_id"),
        check("quantity_positive", "quantity > 0"),
    )

    shipment_id: Mapped[uuid.UUID] = foreign_key("shipments.id", index=False)
    order_item_id: Mapped[uuid.UUID] = foreign_key("order_items.id")
    quantity: Mapped[int]

    shipment: Mapped[Shipment] = relationship(lazy="raise")
    order_item: Mapped[OrderItem] = relationship(lazy="raise")


class ShipmentEvent(HasId, Base):
    """One thing that happened to a parcel; append-only. `event_hash` keeps a scan from counting twice (SHP-2)."""

    __tablename__ = "shipment_events"
    __table_args__ = (
        sa.UniqueConstraint("shipment_id", "carrier_event_id"),
        sa.UniqueConstraint("shipment_id", "event_hash"),
    )

    shipment_id: Mapped[uuid.UUID] = foreign_key("shipments.id", index=False)
    status: Mapped[ShipmentStatus] = enum_column(ShipmentStatus)
    occurred_at: Mapped[dt.datetime]
    location: Mapped[str | None] = mapped_column(sa.String(200))
    note: Mapped[str | None] = mapped_column(info=PII)
    #: Who signed, or where it was left: needed when a person skips stages (SHP-3).
    proof: Mapped[str | None] = mapped_column(info=PII)
    carrier_event_id: Mapped[str | None] = mapped_column(sa.String(100))
    event_hash: Mapped[str] = mapped_column(sa.String(64))
    raw_code: Mapped[str | None] = mapped_column(sa.String(64))
    recorded_by: Mapped[uuid.UUID | None] = foreign_key("users.id")

    shipment: Mapped[Shipment] = relationship(lazy="raise")
