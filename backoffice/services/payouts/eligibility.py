"""Why a payout may not leave yet: every failing reason, not the first (PAY-1)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services import settings
from backoffice.services.payouts.lines import facts, refund_of_line
from models import Order, OrderItem, Payout, PayoutHold, PayoutItem, Refund, User, VendorProfile
from models.payout import PayoutStatus
from models.refund import RefundBearer, RefundStatus
from models.user import UserStatus

#: Codes of why the provider cannot be used, which a payment by hand does not need (PAY-13).
OF_PROVIDER: Final = frozenset(
    {"no_payout_account", "payouts_disabled", "requirements_past_due", "no_destination", "paid_by_hand"}
)
#: Codes of what holds sending a payout, and not putting it together.
OF_SENDING: Final = frozenset({"paid_by_hand"})


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
    of_vendors = _vendor_facts(Payout.id, Payout.currency).join(Payout, Payout.vendor_id == User.id)
    for row in session.execute(of_vendors.where(_of(payouts, only))):
        found[row.key].extend(_vendor_reasons(row, row.currency))
    by_message: dict[uuid.UUID, dict[Reason, None]] = defaultdict(dict)
    for row in session.execute(_line_facts(_of(payouts, only))):
        by_message[row.payout_id].update(dict.fromkeys(line_reasons(row)))
    for payout, lines in by_message.items():
        found[payout].extend(lines)
    return found


def line_reasons(row: Any) -> list[Reason]:
    """Everything that holds one line, from a row of `lines.facts` with its order number (PAY-1)."""
    checks = (
        (not row.paid, "not_paid", "the payment is not available yet"),
        (not row.delivered, "not_delivered", "not everything is delivered"),
        (bool(row.delivered) and not row.hold_over, "hold_period", "still within the hold period after delivery"),
        (row.disputed, "disputed", "a dispute is running"),
        (row.returning, "returning", "goods of it are coming back"),
        (row.charged_back, "charged_back", "the customer's bank disputes the payment, or won it back"),
        (row.refunding, "refund_running", "a refund is under way"),
        (row.refunded, "refunded", "money was refunded after this payout was put together; cancel it"),
        (row.held, "held", "on hold"),
    )
    return [
        Reason(code=code, message=f"Order {row.order_number}: {text}.", order_number=row.order_number)
        for failing, code, text in checks
        if failing
    ]


def vendor_reasons(session: Session, vendors: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[Reason]]:
    """Everything that holds putting payouts of each of these vendors together, whatever the currency."""
    piles = pile_reasons(session, {(vendor, None) for vendor in vendors}, aside=OF_SENDING)
    return {vendor: found for (vendor, _), found in piles.items()}


def pile_reasons(
    session: Session, piles: Collection[tuple[uuid.UUID, str | None]], *, aside: Collection[str] = ()
) -> Mapping[tuple[uuid.UUID, str | None], list[Reason]]:
    """Everything that holds what each of these vendors has in that currency (in any, without one). One statement.

    Reasons whose code is in `aside` are left out.
    """
    query = _vendor_facts(User.id).where(User.id.in_({vendor for vendor, _ in piles}))
    rows = {row.key: row for row in session.execute(query)} if piles else {}
    return {
        (vendor, currency): [one for one in _vendor_reasons(rows[vendor], currency) if one.code not in aside]
        for vendor, currency in piles
    }


def _of(payouts: Sequence[uuid.UUID], only: PayoutStatus | None) -> sa.ColumnElement[bool]:
    chosen = Payout.id.in_(payouts)
    return chosen if only is None else sa.and_(chosen, Payout.status == only)


def _vendor_facts(key: Any, *more: Any) -> sa.Select[*tuple[Any, ...]]:
    hours = settings.number("payouts.bank_change_hold_hours")
    held = sa.select(sa.func.string_agg(PayoutHold.reason, sa.literal("; "))).where(
        PayoutHold.vendor_id == User.id,
        PayoutHold.released_at.is_(None),
        PayoutHold.order_id.is_(None),
        PayoutHold.order_item_id.is_(None),
    )
    return (
        sa.select(
            key.label("key"),
            *more,
            User.status.label("vendor_status"),
            VendorProfile.paid_by_hand,
            VendorProfile.payouts_enabled,
            VendorProfile.stripe_account_id,
            VendorProfile.requirements_past_due,
            VendorProfile.payout_currencies,
            (VendorProfile.bank_changed_at > NOW - sa.func.make_interval(0, 0, 0, 0, hours)).label("bank_is_new"),
            held.scalar_subquery().label("held"),
        )
        .select_from(User)
        .outerjoin(VendorProfile, VendorProfile.vendor_id == User.id)
    )


def _vendor_reasons(row: Any, currency: str | None) -> list[Reason]:
    """What holds all money of a vendor; who is paid by hand needs no account at the provider (PAY-13)."""
    sent = not row.paid_by_hand
    known = currency is not None and row.payout_currencies is not None
    checks = (
        (row.vendor_status is not UserStatus.ACTIVE, "vendor_not_active", "The vendor is not active."),
        (not sent, "paid_by_hand", "The vendor is paid by hand; settle it when the bank paid."),
        (sent and not row.stripe_account_id, "no_payout_account", "The vendor has no payout account."),
        (sent and not row.payouts_enabled, "payouts_disabled", "Stripe has not enabled payouts for the vendor."),
        (sent and row.requirements_past_due, "requirements_past_due", "The vendor owes Stripe information."),
        (
            sent and known and currency not in row.payout_currencies,
            "no_destination",
            f"The vendor has no bank account in {currency} at Stripe.",
        ),
        (bool(row.bank_is_new), "bank_changed", "The bank details changed a short while ago."),
        (bool(row.held), "held", f"On hold: {row.held}"),
    )
    return [Reason(code=code, message=message) for failing, code, message in checks if failing]


def _line_facts(which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    # The sum was made before this refund; a later payout has both the line and what is taken back for the refund.
    refunded = refund_of_line(
        Refund.status == RefundStatus.SUCCEEDED,
        Refund.processed_at > Payout.created_at,
        Refund.bearer != RefundBearer.PLATFORM,
    )
    return (
        facts(PayoutItem.payout_id, Order.order_number, refunded.label("refunded"))
        .join(PayoutItem, PayoutItem.order_item_id == OrderItem.id)
        .join(Payout, Payout.id == PayoutItem.payout_id)
        .where(which, PayoutItem.released_at.is_(None))
        .order_by(Order.order_number)
    )
