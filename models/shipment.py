"""Shipments, what is inside them, and the events that make their status."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
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


class EventSource(LabelledEnum):
    """Whose words an event is in."""

    PERSON = "person", "One of us"
    KARRIO = "karrio"
    AFTERSHIP = "aftership", "AfterShip"
    EASYPOST = "easypost", "EasyPost"
    SHIPPO = "shippo"


class Incident(LabelledEnum):
    """What is wrong with a parcel; the word before the first `_` is the group, which says who can mend it (SHP-4)."""

    CARRIER_DELAY = "carrier_delay", "Delayed by the carrier"
    CARRIER_HOLD = "carrier_hold", "Held by the carrier"
    CARRIER_DAMAGED = "carrier_damaged", "Damaged on its way"
    CARRIER_LOST = "carrier_lost", "Lost by the carrier"
    CARRIER_SORTING_ERROR = "carrier_sorting_error", "Sorted wrongly"
    CARRIER_VEHICLE = "carrier_vehicle", "Trouble with the vehicle"
    CARRIER_MISSED_SLOT = "carrier_missed_slot", "Not enough time on the tour"
    CARRIER_SILENT = "carrier_silent", "The carrier tells nothing any more"
    CARRIER_ADDRESS_NOT_FOUND = "carrier_address_not_found", "The courier did not find the address"
    RETAILER_CANCELLED = "retailer_cancelled", "Cancelled by the sender"
    RETAILER_NOT_READY = "retailer_not_ready", "Not ready for pick-up"
    RETAILER_BAD_LABEL = "retailer_bad_label", "Unreadable or wrong label"
    RETAILER_PACKAGING = "retailer_packaging", "Insufficient packaging"
    RETAILER_PROHIBITED = "retailer_prohibited", "The carrier does not take such goods"
    CONSIGNEE_NOT_HOME = "consignee_not_home", "Nobody was there"
    CONSIGNEE_REFUSED = "consignee_refused", "Refused by the recipient"
    CONSIGNEE_CLOSED = "consignee_closed", "The business was closed"
    CONSIGNEE_MOVED = "consignee_moved", "The recipient has moved"
    CONSIGNEE_BAD_ADDRESS = "consignee_bad_address", "Wrong or incomplete address"
    CONSIGNEE_NO_ACCESS = "consignee_no_access", "No access to the door"
    CONSIGNEE_UNPAID = "consignee_unpaid", "Waits for a payment of the recipient"
    CONSIGNEE_PICKUP = "consignee_pickup", "Waits for the recipient at a counter"
    CONSIGNEE_RESCHEDULED = "consignee_rescheduled", "The recipient asked for another day"
    CUSTOMS_DELAY = "customs_delay", "Delayed by customs"
    CUSTOMS_DOCUMENTS = "customs_documents", "Customs miss documents"
    CUSTOMS_DUTIES = "customs_duties", "Duties are not paid"
    CUSTOMS_SEIZED = "customs_seized", "Seized by customs"
    WEATHER_DELAY = "weather_delay", "Delayed by weather"
    WEATHER_DISASTER = "weather_disaster", "Natural disaster"
    OTHER_ATTEMPT_FAILED = "other_attempt_failed", "The delivery failed"
    OTHER_UNKNOWN = "other_unknown", "The carrier does not say"

    @property
    def group(self) -> str:
        """carrier, retailer, consignee, customs, weather or other."""
        return self.value.split("_", 1)[0]


class Shipment(HasId, HasVersion, Base):
    """ERD `SHIPMENTS`. `tracking_events` is a projection of `shipment_events` (data model C5.54)."""

    __tablename__ = "shipments"
    __table_args__ = (
        sa.UniqueConstraint("tracking_number"),
        check("weight_not_negative", "weight >= 0"),
        check("delivered_has_time", "status <> 'delivered' OR delivered_at IS NOT NULL"),
        check("void_is_pending", "voided_at IS NULL OR status = 'pending'"),
        check("attempts_not_negative", "failed_attempts >= 0"),
        sa.Index("ix_shipments_created_at_id", "created_at", "id"),
        # What the clock finds (SHP-6); each holds only the open ones.
        sa.Index(
            "ix_shipments_unscanned",
            "created_at",
            "id",
            postgresql_where=sa.text("status = 'pending' AND voided_at IS NULL"),
        ),
        sa.Index(
            "ix_shipments_under_way",
            "shipped_at",
            postgresql_where=sa.text("status IN ('picked_up', 'in_transit', 'out_for_delivery')"),
        ),
        sa.Index(
            "ix_shipments_due",
            "estimated_delivery",
            postgresql_where=sa.text("status <> 'delivered' AND status <> 'returned' AND voided_at IS NULL"),
        ),
        sa.Index(
            "ix_shipments_failed_twice",
            "created_at",
            "id",
            postgresql_where=sa.text(
                "failed_attempts >= 2 AND status <> 'delivered' AND status <> 'returned' AND voided_at IS NULL"
            ),
        ),
        sa.Index("ix_shipments_numbered", "created_at", postgresql_where=sa.text("tracking_number IS NOT NULL")),
        sa.Index("ix_shipments_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_shipments_order_id_status", "order_id", "status"),
        sa.Index("ix_shipments_assigned_to_status", "assigned_to", "status", "created_at", "id"),
        sa.Index("ix_shipments_delivered_at", "delivered_at", postgresql_where=sa.text("delivered_at IS NOT NULL")),
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
    assigned_to: Mapped[uuid.UUID | None] = foreign_key("users.id", index=False)
    #: What the last event says is wrong; null once it was delivered or came back (SHP-4).
    exception: Mapped[Incident | None] = enum_column(Incident, nullable=True)
    #: Attempts to deliver it that failed, each moment once (SHP-6).
    failed_attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
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
        check("says_something", "num_nonnulls(status, incident, tracking_number) > 0"),
        check("carrier_has_code", "source = 'person' OR raw_code IS NOT NULL"),
    )

    shipment_id: Mapped[uuid.UUID] = foreign_key("shipments.id", index=False)
    source: Mapped[EventSource] = enum_column(EventSource, default=EventSource.PERSON)
    #: Null when it says no more than that something is wrong, or only keeps a number.
    status: Mapped[ShipmentStatus | None] = enum_column(ShipmentStatus, nullable=True)
    incident: Mapped[Incident | None] = enum_column(Incident, nullable=True)
    occurred_at: Mapped[dt.datetime]
    location: Mapped[str | None] = mapped_column(sa.String(200))
    note: Mapped[str | None] = mapped_column(info=PII)
    #: Who signed, or where it was left: needed when a person skips stages (SHP-3).
    proof: Mapped[str | None] = mapped_column(info=PII)
    carrier_event_id: Mapped[str | None] = mapped_column(sa.String(100))
    event_hash: Mapped[str] = mapped_column(sa.String(64))
    #: What the carrier said, as it said it (SHP-4).
    raw_code: Mapped[str | None] = mapped_column(sa.String(64))
    raw_reason: Mapped[str | None] = mapped_column(sa.String(64))
    #: A number that the parcel gave up, because the carrier may use it again (SHP-5).
    tracking_number: Mapped[str | None] = mapped_column(sa.String(64))
    recorded_by: Mapped[uuid.UUID | None] = foreign_key("users.id")

    shipment: Mapped[Shipment] = relationship(lazy="raise")
