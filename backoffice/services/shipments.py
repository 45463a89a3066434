"""Moving parcels: what a person reports becomes an event, and status, order and notices follow from all events.

Locks are taken in one order everywhere: orders by id, then their parcels by id; so many updates never deadlock.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, InvalidInputError, NotFoundError
from backoffice.permissions import Permission, Role
from backoffice.services import delivery_proofs, order_progress, returns, scope, shipment_tracking
from backoffice.services.guards import require
from backoffice.services.notifications import notify
from backoffice.services.shipment_tracking import Report
from models import Order, Shipment, User
from models.shipment import ShipmentStatus
from models.user import UserStatus

VOIDED = "This label was cancelled; the parcel never left."
_LOGISTICS_ONLY = "Only logistics moves parcels."


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What became of one parcel: a sentence, and a code when it was refused and nothing was written for it."""

    message: str
    refused: str | None = None


def update(
    session: Session, seen: Mapping[uuid.UUID, int | None], report: Report, *, acting: Acting
) -> dict[uuid.UUID, Updated]:
    """Record `report` for many parcels at once; the orders follow (ORD-2) and their vendors are told.

    `seen` maps parcel ids to the version on the screen (None: any). Parcels that cannot take the report are refused one
    by one. Raises `InvalidInputError` for a time in the future and `ForbiddenError` for people outside logistics.
    """
    require(acting, Permission.SHIPMENTS_MOVE, _LOGISTICS_ONLY)
    moment = _moment(session, report)
    orders, parcels = _lock(session, list(seen), acting)
    found: dict[uuid.UUID, Updated] = {
        key: Updated(message="There is no such record.", refused="not_found") for key in seen if key not in parcels
    }
    proven = delivery_proofs.proven(session, list(parcels)) if report.status is ShipmentStatus.DELIVERED else set()
    told = says_proof(report.proof)
    able: list[Shipment] = []
    for key, parcel in parcels.items():
        refused = _stale(parcel, seen[key]) or refusal(parcel, report.status, proven=told or key in proven)
        if refused:
            found[key] = refused
        else:
            able.append(parcel)
    before = {parcel.id: parcel.status for parcel in able}
    said = shipment_tracking.record(session, able, report, moment, acting=acting)
    _after(session, able, orders, before, acting=acting)
    return found | {key: Updated(message=sentence) for key, sentence in said.items()}


def lock_one(session: Session, parcel_id: uuid.UUID, acting: Acting) -> tuple[Order, Shipment]:
    """A parcel with its order, both locked in that order. Raises `NotFoundError`."""
    orders, parcels = _lock(session, [parcel_id], acting)
    if parcel_id not in parcels:
        raise NotFoundError
    return orders[parcels[parcel_id].order_id], parcels[parcel_id]


def follow_events(session: Session, order: Order, parcel: Shipment, *, acting: Acting) -> None:
    """Let `parcel`, its `order` (both read locked) and the notices follow from its events, as a carrier told them."""
    before = {parcel.id: parcel.status}
    shipment_tracking.recompute(session, parcel, acting=acting)
    _after(session, [parcel], {order.id: order}, before, acting=acting)


def says_proof(proof: str | None) -> bool:
    """Whether a person wrote who signed, or where it was left."""
    return bool((proof or "").strip())


def refusal(parcel: Shipment, status: ShipmentStatus, *, proven: bool) -> Updated | None:
    """Why a person may not report `status` for `parcel` now; None when they may. `proven`: in words or by a picture."""
    if parcel.voided_at is not None:
        return Updated(message=VOIDED, refused="voided")
    if parcel.status is ShipmentStatus.RETURNED:
        return Updated(message="This parcel was returned; nothing follows.", refused="illegal_transition")
    if status is ShipmentStatus.PENDING:
        return Updated(message="Nobody can report that a parcel is still pending.", refused="illegal_transition")
    jump = parcel.status is ShipmentStatus.PENDING and status is ShipmentStatus.DELIVERED
    if jump and not proven:
        return Updated(
            message="From pending straight to delivered needs a proof of delivery: who signed, where it was left, or a"
            " picture of that.",
            refused="proof_needed",
        )
    return None


def assign(session: Session, parcel: Shipment, courier_id: uuid.UUID, *, acting: Acting) -> User:
    """Give a parcel (read locked) to an active logistics user, who is told once. Raises `DomainError` for others."""
    require(acting, Permission.SHIPMENTS_MOVE, _LOGISTICS_ONLY)
    courier = session.get(User, courier_id)
    if courier is None or courier.role is not Role.LOGISTICS or courier.status is not UserStatus.ACTIVE:
        raise DomainError("A parcel can only be given to an active logistics user.", code="not_a_courier")
    if parcel.status in {ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED} or parcel.voided_at is not None:
        raise DomainError("This parcel is no longer on its way.", code="illegal_transition")
    if parcel.assigned_to == courier.id:
        return courier
    parcel.assigned_to = courier.id
    notify(
        session,
        [courier.id] if courier.id != acting.user_id else [],
        event="shipment.assigned",
        title="A parcel was given to you",
        message=f"{parcel} is yours to deliver.",
        subject=("shipments", parcel.id),
    )
    session.flush()
    return courier


def _after(
    session: Session,
    parcels: Sequence[Shipment],
    orders: Mapping[uuid.UUID, Order],
    before: Mapping[uuid.UUID, ShipmentStatus],
    *,
    acting: Acting,
) -> None:
    """What follows when parcels were recomputed: their orders (ORD-2), returns (SHP-7), and what vendors are told."""
    touched = [orders[order_id] for order_id in dict.fromkeys(parcel.order_id for parcel in parcels)]
    order_progress.follow(session, touched, acting=acting)
    moved = [parcel for parcel in parcels if parcel.status is not before[parcel.id]]
    came_back = [parcel for parcel in moved if parcel.status is ShipmentStatus.RETURNED]
    returns.propose(session, came_back, acting=acting)
    shipment_tracking.tell_vendors(session, moved, orders)


def _moment(session: Session, report: Report) -> dt.datetime:
    """When it happened, by the database's clock when nobody said. The future is refused."""
    now = session.scalars(sa.select(NOW)).one()
    if report.occurred_at is None:
        return now
    if report.occurred_at > now:
        raise InvalidInputError("This time is in the future.", field="occurred_at")
    return report.occurred_at


def _lock(
    session: Session, ids: Sequence[uuid.UUID], acting: Acting
) -> tuple[dict[uuid.UUID, Order], dict[uuid.UUID, Shipment]]:
    """The orders of the visible parcels, locked, and then the parcels; both in id order."""
    visible = sa.and_(Shipment.id.in_(ids), scope.predicate(Shipment, acting))
    orders = session.scalars(
        sa.select(Order)
        .where(Order.id.in_(sa.select(Shipment.order_id).where(visible)))
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    by_id = {order.id: order for order in orders}
    parcels = session.scalars(
        sa.select(Shipment)
        .where(visible)
        .order_by(Shipment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return by_id, {parcel.id: parcel for parcel in parcels}


def _stale(parcel: Shipment, version: int | None) -> Updated | None:
    if version is None or version == parcel.version:
        return None
    return Updated(message="Someone else changed this record since you opened it.", refused="stale")
