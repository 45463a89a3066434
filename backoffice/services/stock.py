"""Putting units back into stock: what was taken for a line comes back once, whichever way it comes (STK-2 to STK-4).

Sales and edits by hand become movements by themselves (`models/stock_movement.py`). Products are locked last, after the
order and its parcels, in id order.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from models import Order, OrderItem, Product, Refund, RefundItem, Return, StockMovement
from models.base import uuid7
from models.stock_movement import StockKind

Source = Order | Refund | Return


def restock_cancelled(session: Session, order: Order, *, acting: Acting) -> int:
    """Put back what a cancelled order (read locked) still holds: `ordered - already restocked` (STK-2); the units."""
    lines = session.scalars(sa.select(OrderItem.id).where(OrderItem.order_id == order.id)).all()
    held = lock_held(session, lines)
    return _put_back(session, held, held, StockKind.CANCELLATION, order, acting=acting)


def restock_refunded(session: Session, refund: Refund, *, acting: Acting) -> int:
    """Put back the units of a refund that succeeded, if its requester asked for that (STK-3); the units."""
    if not refund.restock:
        return 0
    rows = session.execute(
        sa.select(RefundItem.order_item_id, RefundItem.quantity).where(RefundItem.refund_id == refund.id)
    )
    asked = {line: units for line, units in rows if units}
    return _put_back(session, asked, lock_held(session, asked), StockKind.REFUND, refund, acting=acting)


def receive(
    session: Session, record: Return, good: Mapping[uuid.UUID, int], bad: Mapping[uuid.UUID, int], *, acting: Acting
) -> int:
    """Take what came back: `good` units stay, `bad` ones come in and are written off at once (STK-4); what stays.

    Units that a cancellation or refund put back before are not put back again.
    """
    left = lock_held(session, good.keys() | bad.keys())
    stays = {line: min(units, left.get(line, 0)) for line, units in good.items()}
    off = {line: min(units, left.get(line, 0) - stays.get(line, 0)) for line, units in bad.items()}
    comes = {line: stays.get(line, 0) + off.get(line, 0) for line in left}
    _put_back(session, comes, left, StockKind.RETURN, record, acting=acting)
    _write(session, {line: -units for line, units in off.items() if units > 0}, StockKind.WRITE_OFF, record, acting)
    return sum(stays.values())


def held(session: Session, lines: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many units each line took and did not give back, read without a lock; digital and untracked none (STK-5)."""
    rows = session.execute(
        sa.select(StockMovement.order_item_id, -sa.func.sum(StockMovement.quantity))
        .join(Product, Product.id == StockMovement.product_id)
        .where(
            StockMovement.order_item_id.in_(lines),
            StockMovement.kind != StockKind.WRITE_OFF,
            Product.tracks_stock,
            Product.is_digital.is_(sa.false()),
        )
        .group_by(StockMovement.order_item_id)
    )
    return {line: units for line, units in rows if line is not None}


def lock_held(session: Session, lines: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """As `held`, with the lines' products locked, so that what is put back by it is not put back twice."""
    products = sa.select(OrderItem.product_id).where(OrderItem.id.in_(lines))
    session.execute(
        sa.select(Product.id).where(Product.id.in_(products)).order_by(Product.id).with_for_update(key_share=True)
    )
    return held(session, lines)


def movement(
    line: uuid.UUID, product_id: uuid.UUID, kind: StockKind, quantity: int, source: Source, acting: Acting
) -> dict[str, object]:
    """The row of one movement that follows from `source`."""
    return {
        "id": uuid7(),
        "product_id": product_id,
        "order_item_id": line,
        "kind": kind,
        "quantity": quantity,
        "source_type": source.__tablename__,
        "source_id": source.id,
        "recorded_by": acting.user_id,
    }


def _put_back(
    session: Session,
    asked: Mapping[uuid.UUID, int],
    left: Mapping[uuid.UUID, int],
    kind: StockKind,
    source: Source,
    *,
    acting: Acting,
) -> int:
    units = {line: min(count, left.get(line, 0)) for line, count in asked.items()}
    return _write(session, {line: count for line, count in units.items() if count > 0}, kind, source, acting)


def _write(session: Session, wanted: Mapping[uuid.UUID, int], kind: StockKind, source: Source, acting: Acting) -> int:
    if wanted:
        products = session.execute(sa.select(OrderItem.id, OrderItem.product_id).where(OrderItem.id.in_(wanted)))
        rows = [movement(line, product, kind, wanted[line], source, acting) for line, product in products]
        # A refund that failed late and succeeds again has put its units back already.
        unless_there = insert(StockMovement).on_conflict_do_nothing()
        return sum(session.scalars(unless_there.values(rows).returning(StockMovement.quantity)))
    return 0
