"""Asking for a refund, under the payment's row lock so that the cap cannot be broken (REF-1, REF-2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError
from backoffice.permissions import Permission, Role
from backoffice.services import commission, order_money, people, settings
from backoffice.services.chargebacks.running import ChargedBackError, running
from backoffice.services.notifications import notify
from backoffice.services.order_money import Part
from backoffice.services.refunds.draft import Line, draft
from models import Dispute, Order, Payment, Refund, RefundItem, StatusHistory
from models.refund import RefundBearer, RefundKind, RefundReason, RefundStatus

THRESHOLD = "refund.second_person_threshold"


def request(
    session: Session,
    *,
    order: Order,
    kind: RefundKind,
    reason: RefundReason,
    acting: Acting,
    amount: Decimal | None = None,
    lines: Sequence[Line] = (),
    shipping: Decimal = Decimal(0),
    bearer: RefundBearer | None = None,
    note: str | None = None,
    dispute: Dispute | None = None,
    restock: bool = False,
    permission: Permission = Permission.REFUNDS_REQUEST,
) -> Refund:
    """Ask for money back on `order`: `lines` with their tax and `shipping`, otherwise `amount` says how much.

    With `restock` the units of its lines go back into stock when it succeeds; other kinds never restock (STK-3). A
    refund that follows from another decision, such as a cancelled order (ORD-4), needs the `permission` of that one.

    Raises `DomainError` `refund_exceeds_balance` above what the payment still holds (REF-1), `ChargedBackError` while a
    bank decides about it (REF-6), `InvalidInputError` for lines beyond what was sold (REF-2), `ForbiddenError` for a
    person who may not ask.
    """
    if not acting.may(permission):
        raise ForbiddenError("You may not request refunds.")
    if acting.user_id is None:
        raise ForbiddenError("A refund is requested by a person.")
    session.execute(sa.select(Order.id).where(Order.id == order.id).with_for_update())
    parts = lock_parts(session, order)
    asked = draft(session, order, kind, amount=amount, lines=lines, shipping=shipping)
    total = asked.total
    # Refuses what Stripe cannot carry, before anybody approves it (MON-3).
    money.to_stripe(total, order.currency)
    payment = _payment_for(_undisputed(session, parts), total)
    refund = Refund(
        order_id=order.id,
        payment_id=payment.id,
        dispute_id=dispute.id if dispute else None,
        kind=kind,
        amount=total,
        shipping_amount=asked.shipping,
        currency=order.currency,
        reason=reason,
        bearer=bearer or usual_bearer(kind),
        commission_policy=commission.policy(session),
        note=note or None,
        restock=restock and kind is RefundKind.LINES,
        requested_by=acting.user_id,
        # The need is frozen here, whatever the setting says later (WHO-1, REF-5).
        second_person_required=settings.reaches_threshold(session, THRESHOLD, total, order.currency),
    )
    session.add(refund)
    session.flush()
    session.add_all(_items(refund, asked.lines))
    _record(session, refund, acting)
    _tell_finance(session, refund, order, acting)
    session.flush()
    return refund


def usual_bearer(kind: RefundKind) -> RefundBearer:
    """Who bears a refund unless somebody says otherwise: goodwill is the platform's (REF-8)."""
    return RefundBearer.PLATFORM if kind is RefundKind.GOODWILL else RefundBearer.VENDOR


def lock_parts(session: Session, order: Order) -> Sequence[Part]:
    """What the order has of its captured payments, newest first, locked until the transaction ends."""
    parts = order_money.lock(session, order)
    if not parts:
        raise DomainError("This order has no captured payment, so there is nothing to refund.", code="not_paid")
    return parts


def _items(refund: Refund, lines: Sequence[Line]) -> Iterator[RefundItem]:
    for line in lines:
        yield RefundItem(
            refund_id=refund.id,
            order_item_id=line.order_item_id,
            quantity=line.quantity,
            amount=line.amount,
            tax_amount=line.tax,
            currency=refund.currency,
        )


def _undisputed(session: Session, parts: Sequence[Part]) -> Sequence[Part]:
    """Those about which no bank is deciding. Raises `ChargedBackError` when there is none (REF-6)."""
    disputed = running(session, [part.payment.id for part in parts])
    free = [part for part in parts if part.payment.id not in disputed]
    if not free:
        raise ChargedBackError
    return free


def _payment_for(parts: Sequence[Part], total: Decimal) -> Payment:
    """The newest payment that still holds `total` for the order: one refund goes back to one payment (REF-1)."""
    able = [part.payment for part in parts if part.refundable >= total]
    if not able:
        most = max(parts, key=lambda part: part.refundable)
        left = money.format_amount(most.refundable, most.payment.currency)
        where = "this order" if len(parts) == 1 else "one payment of this order"
        raise DomainError(f"Only {left} is left to refund on {where}.", code="refund_exceeds_balance")
    return able[0]


def _record(session: Session, refund: Refund, acting: Acting) -> None:
    session.add(
        StatusHistory(
            entity="refunds",
            entity_id=refund.id,
            to_status=RefundStatus.REQUESTED.value,
            actor_id=acting.user_id,
            actor=acting.actor.value,
            reason=refund.note,
            request_id=acting.request_id,
        )
    )


def _tell_finance(session: Session, refund: Refund, order: Order, acting: Acting) -> None:
    notify(
        session,
        [user for user in people.active(session, Role.FINANCE) if user != acting.user_id],
        event="refund.requested",
        title="A refund waits for approval",
        message=f"{money.format_amount(refund.amount, refund.currency)} on order {order.order_number}.",
        subject=("refunds", refund.id),
    )
