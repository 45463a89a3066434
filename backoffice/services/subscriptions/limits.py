"""What a plan allows: more products are not taken in, more orders are only told of (SUB-6)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services import rows
from backoffice.services.notifications import Note, send
from models import Order, Product, Subscription, SubscriptionPlan
from models.notification import NotificationType
from models.order import OrderStatus
from models.product import ProductStatus
from models.subscription import SubscriptionStatus

#: Products that count: everything that is, or was handed in to be, in the shop.
COUNTED: Final = (ProductStatus.PENDING, ProductStatus.APPROVED, ProductStatus.ACTIVE, ProductStatus.INACTIVE)
TOO_MANY: Final = "The vendor's plan allows no more products; a larger plan does."


def too_many(session: Session, product_ids: Collection[uuid.UUID], *, lock: bool) -> frozenset[uuid.UUID]:
    """Which of these products, if handed in together, would be more than their vendor's plan allows.

    With `lock`, two who hand in at the same moment do not both fit. What is live stays, whatever the plan says.
    """
    handed_in = rows.table("handed_in", {"id": sa.Uuid()}, ({"id": one} for one in product_ids))
    these = Product.id.in_(sa.select(handed_in.c.id))
    vendors = sa.select(Product.vendor_id).where(these)
    limits = (
        sa.select(Subscription.vendor_id, SubscriptionPlan.max_products)
        .join(SubscriptionPlan, SubscriptionPlan.id == Subscription.plan_id)
        .where(
            Subscription.vendor_id.in_(vendors),
            Subscription.status != SubscriptionStatus.EXPIRED,
            SubscriptionPlan.max_products.is_not(None),
        )
        .order_by(Subscription.id)
    )
    limits = limits.with_for_update(of=Subscription) if lock else limits
    allowed = {vendor: limit or 0 for vendor, limit in session.execute(limits)}
    if not allowed:
        return frozenset()
    counted = session.execute(
        sa.select(Product.vendor_id, sa.func.count())
        .where(Product.vendor_id.in_(allowed), Product.status.in_(COUNTED), Product.deleted_at.is_(None))
        .group_by(Product.vendor_id)
    )
    used: dict[uuid.UUID, int] = dict(counted.all())
    wanted = session.execute(
        sa.select(Product.id, Product.vendor_id)
        .where(these, Product.vendor_id.in_(allowed), Product.status.not_in(COUNTED))
        .order_by(Product.id)
    )
    over = set()
    for product_id, vendor in wanted:
        used[vendor] = used.get(vendor, 0) + 1
        if used[vendor] > allowed[vendor]:
            over.add(product_id)
    return frozenset(over)


def remarks(session: Session, subscription_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[str]]:
    """What is over the plan's limits, by subscription; only those that are."""
    month = sa.func.date_trunc("month", sa.func.now())
    found: dict[uuid.UUID, list[str]] = {}
    for row in session.execute(_usage(month).where(Subscription.id.in_(subscription_ids))):
        over = [
            _over("products", row.products, row.max_products),
            _over("orders this month", row.orders, row.max_orders),
        ]
        found[row.id] = [one for one in over if one]
    return found


def _over(what: str, number: int, limit: int | None) -> str:
    return "" if limit is None or number <= limit else f"{number:,} {what}; the plan is for {limit:,}."


def tell_of_orders(session: Session, *, now: dt.datetime) -> int:
    """Tell vendors, once a month, that they sell more than their plan is made for; no order is refused."""
    month = now.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    usage = _usage(sa.literal(month, sa.DateTime(timezone=True))).subquery()
    # Columns by name: what is not asked for is not counted.
    wanted = sa.select(usage.c.id, usage.c.vendor_id, usage.c.orders, usage.c.max_orders)
    over = session.execute(wanted.where(usage.c.orders > usage.c.max_orders)).all()
    notes = [
        Note(
            user_id=row.vendor_id,
            title="You sell more than your plan is made for",
            message=f"{row.orders:,} orders this month; your plan is for {row.max_orders:,}. A larger one may pay.",
            subject=("subscriptions", row.id),
        )
        for row in over
    ]
    send(session, notes, event="subscription.over_orders", severity=NotificationType.INFO, dedup=f"{month:%Y-%m}")
    return len(notes)


def _usage(month: sa.ColumnElement[dt.datetime]) -> sa.Select[tuple[uuid.UUID, uuid.UUID, int, int, int, int]]:
    """Each running subscription with its plan's limits, and what counts towards them since `month`."""
    products = (
        sa.select(sa.func.count())
        .where(Product.vendor_id == Subscription.vendor_id, Product.status.in_(COUNTED), Product.deleted_at.is_(None))
        .scalar_subquery()
    )
    orders = (
        sa.select(sa.func.count())
        .where(
            Order.vendor_id == Subscription.vendor_id,
            Order.created_at >= month,
            Order.status != OrderStatus.CANCELLED,
        )
        .scalar_subquery()
    )
    return (
        sa.select(
            Subscription.id,
            Subscription.vendor_id,
            SubscriptionPlan.max_products,
            SubscriptionPlan.max_orders_per_month.label("max_orders"),
            products.label("products"),
            orders.label("orders"),
        )
        .join(SubscriptionPlan, SubscriptionPlan.id == Subscription.plan_id)
        .where(Subscription.status != SubscriptionStatus.EXPIRED)
    )
