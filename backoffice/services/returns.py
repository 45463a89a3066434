"""Returns: proposed when a parcel comes back, decided by admin or vendor, counted by logistics (SHP-7, STK-4)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import InvalidInputError
from backoffice.permissions import Permission
from backoffice.services import stock
from backoffice.services.guards import require, required_text
from backoffice.services.transitions import move
from models import Order, OrderItem, Refund, RefundItem, Return, ReturnItem, Shipment, ShipmentItem, StatusHistory
from models.base import uuid7
from models.refund import RefundStatus
from models.returns import ReturnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Units of one line that arrived, by condition."""

    unopened: int = 0
    opened: int = 0
    damaged: int = 0


def propose(session: Session, parcels: Sequence[Shipment], *, acting: Acting) -> int:
    """A return of everything in each parcel (read locked) that came back, unless it has one; how many are new (SHP-7).

    It refunds nothing: money is asked for by a person.
    """
    if not parcels:
        return 0
    rows = [{"id": uuid7(), "order_id": parcel.order_id, "shipment_id": parcel.id} for parcel in parcels]
    unless_there = insert(Return).values(rows).on_conflict_do_nothing(index_elements=["shipment_id"])
    made = session.scalars(unless_there.returning(Return.id)).all()
    contents = (
        sa.select(Return.id, ShipmentItem.order_item_id, ShipmentItem.quantity)
        .join(ShipmentItem, ShipmentItem.shipment_id == Return.shipment_id)
        .where(Return.id.in_(made))
    )
    columns = ["return_id", "order_item_id", "quantity"]
    session.execute(sa.insert(ReturnItem).from_select(columns, contents, include_defaults=False))
    session.add_all(_history(one, acting) for one in made)
    session.flush()
    return len(made)


def approve(session: Session, record: Return, *, acting: Acting) -> None:
    """Agree to take the goods back. Raises `IllegalTransitionError`."""
    require(acting, Permission.RETURNS_DECIDE, "Only admins and the order's vendor decide on returns.")
    move(session, record, ReturnStatus.APPROVED, acting=acting)


def reject(session: Session, record: Return, *, note: str, acting: Acting) -> None:
    """Turn it down, or, for admins, what arrived is not what should have come back."""
    require(acting, Permission.RETURNS_DECIDE, "Only admins and the order's vendor decide on returns.")
    why = required_text(note, "Say why the return is rejected.", field="note")
    move(session, record, ReturnStatus.REJECTED, acting=acting, reason=why, values={"rejection_note": why})


def cancel(session: Session, record: Return, *, acting: Acting) -> None:
    """It does not come back after all."""
    require(acting, Permission.RETURNS_DECIDE, "Only admins cancel returns.")
    move(session, record, ReturnStatus.CANCELLED, acting=acting)


def receive(
    session: Session,
    record: Return,
    counted: Mapping[uuid.UUID, Counted],
    *,
    restock: bool,
    note: str | None = None,
    acting: Acting,
) -> int:
    """Write what arrived, by order line, and move stock by it (STK-4); the units that can be sold again.

    Unopened and opened units go back into stock if `restock` says so; damaged ones come in and are written off. Only
    logistics receives (C1.11). Raises `InvalidInputError` for more than should come back or for nothing at all.
    """
    require(acting, Permission.RETURNS_RECEIVE, "Only logistics receives returns.")
    order = session.scalars(sa.select(Order).where(Order.id == record.order_id).with_for_update()).one()
    items = session.scalars(sa.select(ReturnItem).where(ReturnItem.return_id == record.id)).all()
    _check(items, counted)
    now = session.scalar(sa.select(NOW))
    values = {
        "received_by": acting.user_id,
        "received_at": now,
        "restocked": restock,
        "note": (note or "").strip() or None,
    }
    move(session, record, ReturnStatus.RECEIVED, acting=acting, values=values)
    for item in items:
        one = counted.get(item.order_item_id, Counted())
        item.unopened, item.opened, item.damaged = one.unopened, one.opened, one.damaged
    session.flush()
    good = {line: one.unopened + one.opened if restock else 0 for line, one in counted.items()}
    bad = {line: one.damaged for line, one in counted.items()}
    units = stock.receive(session, record, good, bad, acting=acting)
    settle(session, order, acting=acting)
    return units


def settle(session: Session, order: Order, *, acting: Acting) -> None:
    """Close the received returns of `order` (read locked) whose counted units were all refunded (B12: S).

    Whoever has one locked is receiving it, waits for this order, and then looks for himself.
    """
    refunded = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundItem.quantity), 0))
        .join(Refund, Refund.id == RefundItem.refund_id)
        .where(RefundItem.order_item_id == ReturnItem.order_item_id, Refund.status == RefundStatus.SUCCEEDED)
        .correlate(ReturnItem)
        .scalar_subquery()
    )
    counted = ReturnItem.unopened + ReturnItem.opened + ReturnItem.damaged
    owed = sa.exists().where(ReturnItem.return_id == Return.id, counted > refunded)
    open_ones = sa.select(Return).where(Return.order_id == order.id, Return.status == ReturnStatus.RECEIVED, ~owed)
    for record in session.scalars(open_ones.order_by(Return.id).with_for_update(skip_locked=True)):
        move(session, record, ReturnStatus.REFUNDED, acting=acting, actor=Actor.SYSTEM)


def expected(session: Session, record: Return) -> list[tuple[ReturnItem, str]]:
    """The lines of a return, with the name of what should come back, in the order of the order."""
    rows = session.execute(
        sa.select(ReturnItem, OrderItem.product_name)
        .join(OrderItem, OrderItem.id == ReturnItem.order_item_id)
        .where(ReturnItem.return_id == record.id)
        .order_by(OrderItem.id)
    )
    return [(item, name) for item, name in rows]


def _check(items: Sequence[ReturnItem], counted: Mapping[uuid.UUID, Counted]) -> None:
    limits = {item.order_item_id: item.quantity for item in items}
    total = 0
    for line, one in counted.items():
        if line not in limits:
            raise InvalidInputError("That line is not part of this return.", field="lines")
        if min(one.unopened, one.opened, one.damaged) < 0:
            raise InvalidInputError("Units cannot be negative.", field="lines")
        units = one.unopened + one.opened + one.damaged
        if units > limits[line]:
            raise InvalidInputError(f"Only {limits[line]} units of this line should come back.", field="lines")
        total += units
    if not total:
        raise InvalidInputError("Count at least one unit; a return that never arrived is cancelled.", field="lines")


def _history(return_id: uuid.UUID, acting: Acting) -> StatusHistory:
    return StatusHistory(
        entity="returns",
        entity_id=return_id,
        to_status=ReturnStatus.REQUESTED.value,
        actor_id=acting.user_id,
        actor=Actor.SYSTEM.value,
        reason="The parcel came back.",
        request_id=acting.request_id,
    )
