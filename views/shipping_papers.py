"""What stands on a packing list and on the label of a parcel: whence, whereto and what, and never an amount (ACC-3)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, NotFoundError
from backoffice.services import scope
from models import Order, OrderItem, Shipment, ShipmentItem, User, UserProfile
from views.labels import label
from views.masks import customer_is_visible

#: Parcels of one file.
MOST: Final = 100
_HIDDEN: Final = "The address is no longer shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One parcel in words. `lines` are SKU, name and units."""

    id: uuid.UUID
    number: str | None
    order: str
    carrier: str
    sender: Sequence[str]
    recipient: Sequence[str]
    lines: Sequence[tuple[str, str, int]]


def read(session: Session, ids: Sequence[uuid.UUID], acting: Acting) -> list[Paper]:
    """The parcels in the order of `ids`, in three statements.

    Raises `NotFoundError` when one of them is not the person's to see (ACC-1), and `DomainError` for too many and for
    cancelled labels.
    """
    if len(set(ids)) > MOST:
        raise DomainError(f"At most {MOST} parcels go into one file.", code="too_many")
    # Vendors see the customer for a time only (ACC-3).
    shown = customer_is_visible() if acting.vendor_id is not None else sa.true()
    visible = set(
        session.scalars(sa.select(Shipment.id).where(Shipment.id.in_(ids), scope.predicate(Shipment, acting)))
    )
    if visible != set(ids):
        raise NotFoundError
    rows = {row.id: row for row in session.execute(_statement(shown).where(Shipment.id.in_(ids)))}
    if any(row.voided_at is not None for row in rows.values()):
        raise DomainError("This label was cancelled; the parcel never left.", code="voided")
    inside = _inside(session, ids)
    return [_paper(rows[one], inside[one]) for one in dict.fromkeys(ids)]


def _statement(shown: sa.ColumnElement[bool]) -> sa.Select[Any]:
    address = sa.case((shown, Order.shipping_address)).label("address")
    home = (UserProfile.company_name, UserProfile.address_line1, UserProfile.address_line2, UserProfile.postal_code,
            UserProfile.city, UserProfile.state, UserProfile.country)  # fmt: skip
    return (
        sa.select(Shipment.id, Shipment.tracking_number, Shipment.carrier, Shipment.service_type, Shipment.voided_at,
                  Order.order_number, address, label(User).label("vendor"), *home)
        .join(Order, Order.id == Shipment.order_id)
        .join(User, User.id == Order.vendor_id)
        .outerjoin(UserProfile, UserProfile.user_id == User.id)
    )  # fmt: skip


def _inside(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[tuple[str, str, int]]]:
    found: dict[uuid.UUID, list[tuple[str, str, int]]] = defaultdict(list)
    query = (
        sa.select(ShipmentItem.shipment_id, OrderItem.product_sku, OrderItem.product_name, ShipmentItem.quantity)
        .join(OrderItem, OrderItem.id == ShipmentItem.order_item_id)
        .where(ShipmentItem.shipment_id.in_(ids))
        .order_by(OrderItem.product_name, ShipmentItem.id)
    )
    for shipment_id, sku, name, units in session.execute(query):
        found[shipment_id].append((sku, name, units))
    return found


def _paper(row: Any, lines: Sequence[tuple[str, str, int]]) -> Paper:
    home = {name: getattr(row, name) for name in
            ("address_line1", "address_line2", "postal_code", "city", "state", "country")}  # fmt: skip
    return Paper(
        id=row.id,
        number=row.tracking_number,
        order=row.order_number,
        carrier=" ".join(part for part in (row.carrier, row.service_type) if part),
        sender=_address({"name": row.company_name or row.vendor, **home}),
        recipient=_address(row.address) if row.address else [_HIDDEN],
        lines=lines,
    )


def _address(parts: Mapping[str, Any]) -> list[str]:
    """The lines of an address as they stand on a letter."""
    town = " ".join(str(parts[key]) for key in ("postal_code", "city") if parts.get(key))
    names = ("name", "company", "address_line1", "address_line2")
    lines = [*(parts.get(key) for key in names), town, *(parts.get(key) for key in ("state", "country", "phone"))]
    return [str(line) for line in lines if line]
