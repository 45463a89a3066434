"""Why a payout may not leave yet: every failing reason, not the first (PAY-1)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services import settings
from models import (
    Dispute,
    Order,
    OrderItem,
    Payment,
    Payout,
    PayoutHold,
    PayoutItem,
    Refund,
    RefundItem,
    Shipment,
    ShipmentItem,
    User,
    VendorProfile,
)
from models.dispute import DisputeStatus
from models.payment import PaymentState
from models.payout import PayoutStatus
from models.refund import RefundBearer, RefundStatus
from models.shipment import ShipmentStatus
from models.user import UserStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that holds a payout; `order_number` when it is about one order."""

    code: str
    message: str
    order_number: str | None = None


def reasons(
    session: Session, payouts: Sequence[uuid.UUID], *, only: PayoutStatus | None = None
) -> Mapping[uuid.UUID, list[Reason]]:
    """Everything that holds each of these payouts; a payout that may leave has an empty list. Two statements.

    With `only`, payouts of another status have an empty list too.
    """
    found: dict[uuid.UUID, list[Reason]] = {payout: [] for payout in payouts}
    if not payouts:
        return found
    for row in session.execute(_vendor_facts(_of(payouts, only))):
        found[row.id].extend(_vendor_reasons(row))
    by_message: dict[uuid.UUID, dict[Reason, None]] = defaultdict(dict)
    for row in session.execute(_line_facts(_of(payouts, only))):
        by_message[row.payout_id].update(dict.fromkeys(_line_reasons(row)))
    for payout, lines in by_message.items():
        found[payout].extend(lines)
    return found


def _of(payouts: Sequence[uuid.UUID], only: PayoutStatus | None) -> sa.ColumnElement[bool]:
    chosen = Payout.id.in_(payouts)
    return chosen if only is None else sa.and_(chosen, Payout.status == only)


def _vendor_facts(which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    hours = settings.number("payouts.bank_change_hold_hours")
    held = sa.select(sa.func.string_agg(PayoutHold.reason, sa.literal("; "))).where(
        PayoutHold.vendor_id == Payout.vendor_id,
        PayoutHold.released_at.is_(None),
        PayoutHold.order_id.is_(None),
        PayoutHold.order_item_id.is_(None),
    )
    return (
        sa.select(
            Payout.id,
            User.status.label("vendor_status"),
            VendorProfile.payouts_enabled,
            VendorProfile.stripe_account_id,
            VendorProfile.requirements_past_due,
            (VendorProfile.bank_changed_at > NOW - sa.func.make_interval(0, 0, 0, 0, hours)).label("bank_is_new"),
            held.scalar_subquery().label("held"),
        )
        .join(User, User.id == Payout.vendor_id)
        .outerjoin(VendorProfile, VendorProfile.vendor_id == Payout.vendor_id)
        .where(which)
    )


def _vendor_reasons(row: Any) -> list[Reason]:
    checks = (
        (row.vendor_status is not UserStatus.ACTIVE, "vendor_not_active", "The vendor is not active."),
        (not row.stripe_account_id, "no_payout_account", "The vendor has no payout account."),
        (not row.payouts_enabled, "payouts_disabled", "Stripe has not enabled payouts for the vendor."),
        (bool(row.requirements_past_due), "requirements_past_due", "The vendor owes Stripe information."),
        (bool(row.bank_is_new), "bank_changed", "The bank details changed a short while ago."),
        (bool(row.held), "held", f"On hold: {row.held}"),
    )
    return [Reason(code=code, message=message) for failing, code, message in checks if failing]


def _line_facts(which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    days = settings.number("payouts.hold_days")
    shipped = (
        sa.select(
            sa.func.coalesce(sa.func.sum(ShipmentItem.quantity), 0).label("units"),
            sa.func.max(Shipment.delivered_at).label("last"),
        )
        .join(Shipment, Shipment.id == ShipmentItem.shipment_id)
        .where(ShipmentItem.order_item_id == OrderItem.id, Shipment.status == ShipmentStatus.DELIVERED)
        .lateral()
    )
    fulfilled = sa.case((OrderItem.fulfilled_at.is_not(None), OrderItem.fulfilled_at), else_=shipped.c.last)
    hold = sa.func.make_interval(0, 0, 0, sa.func.coalesce(VendorProfile.hold_days, days))
    paid = sa.exists().where(
        Payment.order_id == Order.id,
        Payment.status.in_([PaymentState.SUCCEEDED, PaymentState.REFUNDED]),
        sa.func.coalesce(Payment.available_on, Payment.processed_at) <= NOW,
    )
    disputed = sa.exists().where(
        Dispute.order_id == Order.id, Dispute.status.in_([DisputeStatus.OPEN, DisputeStatus.IN_REVIEW])
    )
    running = _refund(Refund.status.in_([RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.PROCESSING]))
    # The sum was made before this refund; a later payout has both the line and what is taken back for the refund.
    refunded = _refund(
        Refund.status == RefundStatus.SUCCEEDED,
        Refund.processed_at > Payout.created_at,
        Refund.bearer != RefundBearer.PLATFORM,
    )
    held = sa.exists().where(
        PayoutHold.released_at.is_(None),
        sa.or_(PayoutHold.order_id == Order.id, PayoutHold.order_item_id == OrderItem.id),
    )
    delivered = sa.or_(
        OrderItem.fulfilled_at.is_not(None), shipped.c.units >= OrderItem.quantity - OrderItem.quantity_cancelled
    )
    return (
        sa.select(
            PayoutItem.payout_id,
            Order.order_number,
            paid.label("paid"),
            delivered.label("delivered"),
            (fulfilled + hold <= NOW).label("hold_over"),
            disputed.label("disputed"),
            running.label("refunding"),
            refunded.label("refunded"),
            held.label("held"),
        )
        .join(Payout, Payout.id == PayoutItem.payout_id)
        .join(OrderItem, OrderItem.id == PayoutItem.order_item_id)
        .join(Order, Order.id == OrderItem.order_id)
        .outerjoin(VendorProfile, VendorProfile.vendor_id == Order.vendor_id)
        .outerjoin(shipped, sa.true())
        # A negative item is a recovery: it takes money back and needs no delivery.
        .where(which, PayoutItem.released_at.is_(None), PayoutItem.amount > 0)
        .order_by(Order.order_number)
    )


def _refund(*such: sa.ColumnElement[bool]) -> sa.Exists:
    """Whether there is such a refund of the line, or one of its order that names no lines."""
    lines = sa.exists().where(RefundItem.refund_id == Refund.id)
    # Two levels down, SQLAlchemy has to be told that the line is the one outside.
    this_line = lines.where(RefundItem.order_item_id == OrderItem.id).correlate(Refund, OrderItem)
    return sa.exists().where(Refund.order_id == Order.id, *such, sa.or_(~lines, this_line))


def _line_reasons(row: Any) -> list[Reason]:
    checks = (
        (not row.paid, "not_paid", "the payment is not available yet"),
        (not row.delivered, "not_delivered", "not everything is delivered"),
        (bool(row.delivered) and not row.hold_over, "hold_period", "still within the hold period after delivery"),
        (row.disputed, "disputed", "a dispute is running"),
        (row.refunding, "refund_running", "a refund is under way"),
        (row.refunded, "refunded", "money was refunded after this payout was put together; cancel it"),
        (row.held, "held", "on hold"),
    )
    return [
        Reason(code=code, message=f"Order {row.order_number}: {text}.", order_number=row.order_number)
        for failing, code, text in checks
        if failing
    ]
