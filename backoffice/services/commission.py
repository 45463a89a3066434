"""The platform's share of each line: whose rate, what it comes to, what a refund gives back (COM-1 to COM-8)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.errors import DomainError
from backoffice.money import round_amount
from backoffice.services import order_shares, settings, subscribed
from models import Order, OrderItem, Product, VendorProfile
from models.order import DiscountFunder, OrderStatus
from models.order_item import CommissionSource
from models.refund import CommissionPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The rate that wins for a line, a fraction, and the row that gave it; the default has none."""

    rate: Decimal
    source: CommissionSource
    source_id: uuid.UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the settings say about commission."""

    include_tax: bool
    include_shipping: bool
    tax_rate: Decimal


def resolve(session: Session, order: Order) -> Mapping[uuid.UUID, Rate]:
    """The rate of each line of `order`, first that is set wins, and 0 is set (COM-1).

    Product override, contract rate of the vendor, rate of the subscription that ran when the order was placed, default.
    """
    plan = subscribed.rates(Order.vendor_id, Order.created_at)
    found = session.execute(
        sa.select(
            OrderItem.id,
            Product.id,
            Product.commission_rate_override,
            VendorProfile.id,
            VendorProfile.commission_rate,
            plan.c.id,
            plan.c.rate,
        )
        .join(Order, Order.id == OrderItem.order_id)
        .join(Product, Product.id == OrderItem.product_id)
        .outerjoin(VendorProfile, VendorProfile.vendor_id == Order.vendor_id)
        .outerjoin(plan, sa.true())
        .where(Order.id == order.id)
    )
    default = Rate(rate=default_rate(session), source=CommissionSource.DEFAULT, source_id=None)
    return {row[0]: _first(row[1:], default) for row in found}


def freeze(session: Session, order: Order) -> None:
    """Write shares, rate, commission and earning of each line; call it while `order`, read locked, becomes confirmed.

    From then on the database refuses to change them (COM-2). Raises `DomainError` when it is too late.
    """
    if order.status is not OrderStatus.PENDING:
        raise DomainError("The commission of this order is frozen already.", code="commission_frozen")
    query = sa.select(OrderItem).where(OrderItem.order_id == order.id).order_by(OrderItem.id).with_for_update()
    lines = session.scalars(query).all()
    order_shares.share(order, lines)
    rates, terms = resolve(session, order), read_terms(session)
    for line in lines:
        apply(line, rates[line.id], terms)
    session.flush()


def apply(line: OrderItem, rate: Rate, terms: Terms) -> None:
    """Write the commission of one line whose shares are known; the vendor gets the remainder (MON-5)."""
    funded = line.discount_amount if line.discount_funded_by is DiscountFunder.VENDOR else Decimal(0)
    left = max(line.total_price - funded, Decimal(0))
    base = left
    base += line.tax_amount if terms.include_tax else 0
    base += line.shipping_amount if terms.include_shipping else 0
    # On tax or shipping a high rate could come to more than the goods are worth (COM-7).
    commission = min(round_amount(base * rate.rate, line.currency), left)
    tax = round_amount(commission * terms.tax_rate, line.currency)
    line.commission_rate, line.commission_source, line.commission_source_id = rate.rate, rate.source, rate.source_id
    line.commission_amount, line.commission_tax = commission, tax
    line.vendor_amount = line.total_price - funded - commission - tax


def reversal(
    commission: Decimal,
    *,
    refunded_total: Decimal,
    line_total: Decimal,
    already_reversed: Decimal,
    currency: str,
    policy: CommissionPolicy = CommissionPolicy.REVERSE,
) -> Decimal:
    """What of a line's frozen commission goes back now that `refunded_total` of it was given back (COM-4, COM-5).

    Cumulative, so that many small refunds never drift from one large one; negative when a refund failed late. With
    `keep` nothing goes back and the vendor bears the refund whole (COM-6).
    """
    if policy is CommissionPolicy.KEEP:
        return Decimal(0)
    if not 0 <= refunded_total <= line_total:
        raise ValueError("of a line between nothing and all of it is refunded")
    if refunded_total == line_total:
        return commission - already_reversed
    return round_amount(commission * refunded_total / line_total, currency) - already_reversed


def default_rate(session: Session) -> Decimal:
    """The platform's rate for what nothing else names."""
    return Decimal(settings.get(session, "commission.default_rate"))


def policy(session: Session) -> CommissionPolicy:
    """What a refund does with the commission unless its approver says otherwise (COM-6)."""
    return CommissionPolicy(settings.get(session, "refund.commission_policy"))


def read_terms(session: Session) -> Terms:
    """The settings about commission, as they are now."""
    return Terms(
        include_tax=settings.get(session, "commission.include_tax"),
        include_shipping=settings.get(session, "commission.include_shipping"),
        tax_rate=Decimal(settings.get(session, "commission.tax_rate")),
    )


def _first(row: Any, default: Rate) -> Rate:
    """The first pair of id and rate that has a rate."""
    sources = (CommissionSource.PRODUCT, CommissionSource.VENDOR, CommissionSource.PLAN)
    for source, source_id, rate in zip(sources, row[::2], row[1::2], strict=True):
        if rate is not None:
            return Rate(rate=rate, source=source, source_id=source_id)
    return default
