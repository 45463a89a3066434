"""Shipments: what is inside them, what happened to them, and what shows that they arrived."""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.permissions import Permission, Role
from backoffice.services.shipment_exceptions import KINDS
from models import DeliveryProof, Order, Shipment, ShipmentEvent, ShipmentItem
from views.access import Access, Asked, Entity, OwnTab, Related
from views.asked import by_currency
from views.listing.search import exact, through
from views.masks import disputed_delivery, shipment_address

_ROWS = (Related(noun="shipment_items", via="shipment_id"), Related(noun="shipment_events", via="shipment_id"))
_DETAIL = (
    "tracking_number", "order_id", "status", "carrier", "service_type", "shipping_method_id", "weight", "dimensions",
    "assigned_to", "exception", "failed_attempts", "needs_review", "shipped_at", "delivered_at",
    "estimated_delivery", "voided_at", "created_at",
)  # fmt: skip
#: Dates of shipping and delivery follow from events (SHP-2) and are in no form.
_EDITED = ("shipping_method_id", "tracking_number", "carrier", "service_type", "weight", "dimensions",
           "estimated_delivery")  # fmt: skip
_FILTERS = ("status", "order_id", "shipping_method_id", "assigned_to", "created_at", "delivered_at")
_BY_CLOCK = Asked(
    key="clock",
    label="Needs a look",
    options={kind.key: (kind.label, kind.clause) for kind in KINDS.values()},
)
_LABEL = Asked(
    key="label",
    label="Label",
    options={
        "valid": ("Valid", Shipment.voided_at.is_(None)),
        "cancelled": ("Cancelled", Shipment.voided_at.is_not(None)),
    },
)
_PROMISE = Asked(
    key="promise",
    label="Promised day",
    options={
        "kept": ("Kept", Shipment.delivered_at <= Shipment.estimated_delivery),
        "missed": ("Missed", Shipment.delivered_at > Shipment.estimated_delivery),
    },
)
_CURRENCY = by_currency(lambda code: sa.exists().where(Order.id == Shipment.order_id, Order.currency == code))
_OPEN = shipment_address(masked=False)
_PROOFS = (OwnTab(label="Proof", template="shipments/proofs.html"),)
_DISPUTED = disputed_delivery()

ENTITY = Entity(
    noun="shipments",
    model=Shipment,
    label="Shipments",
    singular="Shipment",
    group="Logistics",
    search=(exact(Shipment.tracking_number), through(Shipment.order_id, Order.order_number)),
    note="order_id",
    access={
        Role.ADMIN: Access(
            columns=("tracking_number", "order_id", "carrier", "status", "assigned_to", "needs_review", "created_at"),
            detail=(*_DETAIL, _OPEN, "tracking_events"),
            filters=_FILTERS,
            asked=(_BY_CLOCK, _LABEL, _PROMISE, _CURRENCY),
            related=_ROWS,
            own_tabs=_PROOFS,
            history=True,
        ),
        Role.LOGISTICS: Access(
            columns=("tracking_number", "order_id", _OPEN, "carrier", "status", _DISPUTED, "assigned_to", "created_at"),
            detail=(*_DETAIL, _OPEN, _DISPUTED),
            filters=_FILTERS,
            asked=(_BY_CLOCK, _LABEL, _PROMISE),
            edit=_EDITED,
            write=Permission.SHIPMENTS_MOVE,
            related=_ROWS,
            own_tabs=_PROOFS,
            history=True,
        ),
        Role.VENDOR: Access(
            columns=("tracking_number", "order_id", "carrier", "status", "shipped_at", "delivered_at", "created_at"),
            detail=("tracking_number", "order_id", "status", "carrier", "service_type", shipment_address(masked=True),
                    "shipped_at", "delivered_at", "estimated_delivery", "created_at"),
            filters=("status", "order_id", "created_at", "delivered_at"),
            asked=(_PROMISE, _CURRENCY),
            related=_ROWS,
            history=True,
        ),
    },
)  # fmt: skip
_ITEMS = Access(
    columns=("order_item_id", "quantity", "shipment_id", "created_at"),
    filters=("shipment_id", "order_item_id"),
    sorts=("-id",),
    search=False,
    in_menu=False,
)
ITEMS = Entity(
    noun="shipment_items",
    model=ShipmentItem,
    label="Shipment items",
    singular="Shipment item",
    group="Logistics",
    access={Role.ADMIN: _ITEMS, Role.LOGISTICS: _ITEMS, Role.VENDOR: _ITEMS},
)
_EVENTS = Access(
    columns=("status", "incident", "occurred_at", "location", "note", "recorded_by", "shipment_id"),
    detail=("shipment_id", "status", "incident", "occurred_at", "location", "note", "proof", "source",
            "carrier_event_id", "raw_code", "raw_reason", "tracking_number", "recorded_by", "created_at"),
    filters=("shipment_id",),
    sorts=("-id",),
    search=False,
    in_menu=False,
)  # fmt: skip
EVENTS = Entity(
    noun="shipment_events",
    model=ShipmentEvent,
    label="Shipment events",
    singular="Shipment event",
    group="Logistics",
    access={
        Role.ADMIN: _EVENTS,
        Role.LOGISTICS: _EVENTS,
        Role.VENDOR: Access(
            columns=("status", "occurred_at", "location", "shipment_id"),
            filters=("shipment_id",),
            sorts=("-id",),
            search=False,
            in_menu=False,
        ),
    },
)
#: Customers and their doors are in these pictures, so that vendors have no part in them (ACC-3).
_PICTURES = Access(
    columns=("kind", "shipment_id", "taken_by", "media_type", "size", "created_at"),
    filters=("shipment_id", "created_at"),
    search=False,
    export=None,
    in_menu=False,
)
PROOFS = Entity(
    noun="delivery_proofs",
    model=DeliveryProof,
    label="Proofs of delivery",
    singular="Proof of delivery",
    group="Logistics",
    access={Role.ADMIN: _PICTURES, Role.LOGISTICS: _PICTURES},
)
